"""`POST /webhooks/<provider>/<name>`, answered 200 as soon as the message is safely stored."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, make_response, request

from campaigns import clock
from campaigns.crypto import Sealer
from campaigns.errors import NotFound, Unavailable
from campaigns.inbox import endpoints, processing, receiving
from campaigns.providers import shelf
from campaigns.providers.contract import CannotVerifyNow, NotAuthentic
from campaigns.web import session as web

webhooks = Blueprint("webhooks", __name__)


@webhooks.post("/webhooks/<provider>/<name>")
def receive(provider: str, name: str) -> Response:
    """Verify, store, commit, then try once to process; the answer is 200 whatever came of that."""
    settings = web.settings()
    kind = shelf().get(provider)
    if kind is None or settings.mode not in kind.MODES:
        raise NotFound("there is no such webhook endpoint")
    if request.mimetype not in kind.CONTENT_TYPES:
        abort(415)
    body = request.get_data(cache=False, parse_form_data=False)  # 413 past the app's MAX_CONTENT_LENGTH
    now = clock.now()
    with web.database().reading() as reading:  # strangers never wait for, or hold, the lock of those who write
        endpoint = endpoints.find(reading, provider, name)
    opened = endpoints.opened(endpoint, Sealer(settings.secret_key), settings.mode)
    if kind.lacks(opened) is not None:
        raise NotFound("this endpoint has no secret to verify with")
    headers = {key.lower(): value for key, value in request.headers.items()}
    try:
        event_id, is_new = receiving.store(web.session(), endpoint, kind, opened, headers=headers, body=body, now=now)
    except NotAuthentic:
        return _answer({"error": "the signature is absent, wrong or out of time, or the body is malformed"}, 400)
    except CannotVerifyNow as error:
        raise Unavailable("the message cannot be verified now; send it again") from error
    web.commit()
    word = processing.process(web.database(), settings, event_id, now=now)
    return _answer({"status": word if is_new or word != "queued" else "duplicate"}, 200)


def _answer(document: dict[str, str], status: int) -> Response:
    response = make_response(jsonify(document), status)
    response.headers["Cache-Control"] = "no-store"
    return response
