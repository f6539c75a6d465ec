"""Webhooks in: `POST /webhooks/<provider>/<name>`, answered 200 as soon as the message is safely stored.

Below it the console's pages about them: the log, one event, and the endpoints with their secrets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaigns import audit, clock
from campaigns.campaign import lifecycle, zones
from campaigns.campaign.models import Campaign
from campaigns.crypto import Sealer
from campaigns.errors import DomainError, Invalid, NotFound, Unavailable
from campaigns.inbox import endpoints, log, processing, receiving, replaying
from campaigns.inbox.body import laid_out
from campaigns.inbox.forms import DefaultForm, EndpointForm, LogForm, SecretForm, endpoint_form
from campaigns.inbox.manual import manual, titles
from campaigns.inbox.models import STATUSES, WebhookEndpoint, WebhookEvent
from campaigns.ledger import dossier
from campaigns.ledger.keyset import row_id
from campaigns.providers import shelf
from campaigns.providers.contract import CannotVerifyNow, NotAuthentic, Provider
from campaigns.web import session as web
from campaigns.web.auth import current_staff, may, requires
from campaigns.web.errors import sentence
from campaigns.web.trail import trail

BODY_BYTES_MAX = 1024 * 1024
TRAIL_MAX = 20
ID = "<int(max=9223372036854775807):event_id>"  # what a database can hold

webhooks = Blueprint("webhooks", __name__)
inbox = Blueprint("inbox", __name__, url_prefix="/console/webhooks")
endpoint_pages = Blueprint("endpoints", __name__, url_prefix="/console/endpoints")
blueprints = (webhooks, inbox, endpoint_pages)


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
    opened = endpoints.opened(endpoint, _sealer(), settings.mode)
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


@inbox.get("")
@requires("viewer")
def index() -> str:
    """The log of every verified message, the newest first."""
    form = LogForm(request.args)
    form.offer(log.endpoints(web.session()), titles())
    wanted = form.wanted()
    before, after = row_id(request.args.get("before")), row_id(request.args.get("after"))
    asked = {"via": wanted.endpoint_id, "type": wanted.type or None, "homeless": "y" if wanted.homeless else None}
    return render_template(
        "inbox/events.html",
        form=form,
        wanted=wanted,
        page=log.listed(web.session(), wanted, before=before, after=after),
        counts=log.counts(web.session(), wanted),
        asked={name: value for name, value in asked.items() if value is not None},
        STATUSES=STATUSES,
        zone=zones.shared(web.session()),
        titles=titles(),
    )


@inbox.get(f"/{ID}")
@requires("viewer")
def event(event_id: int) -> str:
    """One message: its envelope, what came of it, and, for editors, what it said."""
    found = _event(event_id)
    effects = log.effects(web.session(), found)
    return render_template(
        "inbox/event.html",
        event=found,
        effects=effects,
        campaigns=dossier.campaigns_of(web.session(), [entry for effect in effects for entry in effect.entries]),
        body=laid_out(found.body) if may("editor") else None,
        trail=trail(web.session(), "webhook_event", found.id, limit=TRAIL_MAX),
        zone=zones.shared(web.session()),
        titles=titles(),
    )


@inbox.post(f"/{ID}/replay")
@requires("editor")
def replay(event_id: int) -> AnyResponse:
    """Reads one message again, whatever came of it before."""
    found = _event(event_id)
    _record("replay", "webhook_event", found.id, status=found.status)
    web.commit()
    word = processing.process(web.database(), web.settings(), event_id, now=clock.now(), again=True)
    flash(replaying.TOLD[word], "warning" if word == "queued" else "message")
    return redirect(url_for("inbox.event", event_id=event_id), 303)


@inbox.post("/replay")
@requires("editor")
def replay_all() -> AnyResponse:
    """Reads all messages that failed or wait again: some now, the worker takes the others."""
    statuses = [status for status in replaying.REPLAYABLE_TOGETHER if status in request.form.getlist("status")]
    now = clock.now()
    count = replaying.requeue(web.session(), statuses, now=now)
    _record("replay", "inbox", 0, statuses=statuses, count=count)
    web.commit()
    tried, done = replaying.drain_some(web.database(), web.settings(), now=now)
    flash(replaying.told(count, tried, done) if count else "Nothing has failed, and nothing waits.")
    return redirect(url_for("inbox.index"), 303)


@endpoint_pages.get("", endpoint="index")
@requires("viewer")
def list_endpoints() -> str:
    """Every endpoint with the URL to paste, and whether messages reach it."""
    found = log.endpoints(web.session())
    return render_template(
        "inbox/endpoints.html",
        endpoints=[(one, endpoints.url_of(one, web.settings().public_url), _lacks(one)) for one in found],
        campaigns={campaign.id: campaign for campaign in lifecycle.list_campaigns(web.session())},
        signing_secrets=endpoints.signing_secrets,
        zone=zones.shared(web.session()),
        titles=titles(),
    )


@endpoint_pages.get("/<provider>/<name>")
@requires("viewer")
def show(provider: str, name: str) -> str:
    """One endpoint: its URL, how to set it up at the provider, its secrets."""
    found = endpoints.find(web.session(), provider, name)
    kind = shelf()[found.provider]
    form = DefaultForm(formdata=None)
    form.offer(lifecycle.list_campaigns(web.session()))
    default = web.session().get(Campaign, found.campaign_id) if found.campaign_id else None
    form.campaign.data = default.slug if default else ""
    return render_template(
        "inbox/endpoint.html",
        endpoint=found,
        url=endpoints.url_of(found, web.settings().public_url),
        kind=kind,
        manual=manual(kind),
        default=default,
        form=form,
        secret_form=SecretForm(formdata=None),
        signing=endpoints.signing_secrets(found),
        others=[one for one in found.secrets if one.name != endpoints.SIGNING],
        lacks=_lacks(found),
        trail=trail(web.session(), "endpoint", found.id, limit=TRAIL_MAX),
        zone=zones.shared(web.session()),
    )


@endpoint_pages.route("/create", methods=["GET", "POST"])
@requires("admin")
def create() -> str | AnyResponse | tuple[str, int]:
    """A new endpoint: first its provider, then what that provider takes."""
    settings = web.settings()
    offered = {name: one for name, one in shelf().items() if settings.mode in one.MODES}
    kind = offered.get(request.args.get("provider", ""))
    if kind is None:
        return render_template("inbox/choose.html", kinds=[(one, manual(one)) for one in offered.values()])
    form = endpoint_form(kind, settings.mode, request.form if request.method == "POST" else None)
    form.offer(lifecycle.list_campaigns(web.session()))
    if request.method == "GET":
        return _create_page(kind, form)
    if not form.validate():
        return _create_page(kind, form), 422
    try:
        made = endpoints.create(
            web.session(),
            provider=kind.KIND,
            **form.terms(),
            campaign=lifecycle.by_slug(web.session(), form.campaign.data or ""),
            sealer=_sealer(),
            mode=settings.mode,
            now=clock.now(),
        )
    except DomainError as error:
        web.session().rollback()
        told = isinstance(error, Invalid) and form.blame(error)
        return _create_page(kind, form, None if told else sentence(error.message)), error.status
    _record("create", "endpoint", made.id, provider=made.provider, name=made.name)
    web.commit()
    flash("The endpoint is ready. Its URL is below, with what to do at the payment service.")
    return redirect(url_for("endpoints.show", provider=made.provider, name=made.name), 303)


@endpoint_pages.post("/<provider>/<name>/add_secret")
@requires("admin")
def add_secret(provider: str, name: str) -> AnyResponse:
    """A further secret beside the present ones, so that rolling it loses no message."""

    def verb(endpoint: WebhookEndpoint) -> None:
        secret, mode = request.form.get("secret", ""), web.settings().mode
        endpoints.add_secret(web.session(), endpoint, secret, sealer=_sealer(), mode=mode, now=clock.now())

    return _act(provider, name, "add_secret", verb, "Added. Messages signed with any of its secrets are taken.")


@endpoint_pages.post("/<provider>/<name>/remove_secret")
@requires("admin")
def remove_secret(provider: str, name: str) -> AnyResponse:
    """Takes a secret out of use."""

    def verb(endpoint: WebhookEndpoint) -> None:
        endpoints.remove_secret(web.session(), endpoint, row_id(request.form.get("secret_id")) or 0)

    return _act(provider, name, "remove_secret", verb, "Removed. Messages signed with it are refused from now on.")


@endpoint_pages.post("/<provider>/<name>/set_default")
@requires("admin")
def set_default(provider: str, name: str) -> AnyResponse:
    """Where money goes that names no campaign."""
    slug = request.form.get("campaign", "")

    def verb(endpoint: WebhookEndpoint) -> None:
        campaign = lifecycle.find(web.session(), slug)[0] if slug else None
        endpoints.set_default(web.session(), endpoint, campaign)

    return _act(provider, name, "set_default", verb, "Saved. It holds for messages that arrive from now on.", to=slug)


def _act(
    provider: str, name: str, action: str, verb: Callable[[WebhookEndpoint], None], done: str, **detail: str
) -> AnyResponse:
    """One verb; what it refuses is said on the endpoint's page."""
    endpoint = endpoints.find(web.session(), provider, name)
    try:
        verb(endpoint)
        _record(action, "endpoint", endpoint.id, **detail)
        web.commit()
        flash(done)
    except DomainError as error:
        web.session().rollback()
        flash(sentence(error.message), "error")
    return redirect(url_for("endpoints.show", provider=provider, name=name), 303)


def _create_page(kind: Provider, form: EndpointForm, refusal: str | None = None) -> str:
    form.forget_secrets()
    base = f"{web.settings().public_url}/webhooks/{kind.KIND}/"
    return render_template("inbox/create.html", kind=kind, manual=manual(kind), form=form, base=base, refusal=refusal)


def _record(action: str, thing: str, thing_id: int, **detail: Any) -> None:
    staff_id = current_staff().id
    audit.record(web.session(), staff_id=staff_id, action=action, thing=thing, thing_id=thing_id, **detail)


def _event(event_id: int) -> WebhookEvent:
    found = web.session().get(WebhookEvent, event_id)
    if found is None:
        raise NotFound("there is no such message")
    return found


def _lacks(endpoint: WebhookEndpoint) -> str | None:
    return shelf()[endpoint.provider].lacks(endpoints.opened(endpoint, _sealer(), web.settings().mode))


def _sealer() -> Sealer:
    return Sealer(web.settings().secret_key)
