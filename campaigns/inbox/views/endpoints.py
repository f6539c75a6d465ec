"""Endpoints in the console: making one, its secrets, its settings, its default campaign."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaigns import clock
from campaigns.campaign import lifecycle, zones
from campaigns.campaign.models import Campaign
from campaigns.crypto import Sealer
from campaigns.errors import DomainError, Invalid
from campaigns.inbox import asked, endpoints, log, rehearsing
from campaigns.inbox.forms import DefaultForm, EndpointForm, SecretForm, endpoint_form
from campaigns.inbox.manual import manual, titles
from campaigns.inbox.models import WebhookEndpoint
from campaigns.inbox.views.acting import TRAIL_MAX, record
from campaigns.ledger.keyset import row_id
from campaigns.providers import shelf
from campaigns.providers.contract import Provider
from campaigns.providers.rehearsing import rehearses
from campaigns.web import session as web
from campaigns.web.auth import requires
from campaigns.web.errors import sentence
from campaigns.web.filters import counted
from campaigns.web.trail import trail

HEALTH_OVER = timedelta(days=30)

endpoint_pages = Blueprint("endpoints", __name__, url_prefix="/console/endpoints")


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
        can_rehearse=rehearses(kind) is not None,
        health=log.health(web.session(), found, since=clock.now() - HEALTH_OVER),
        HEALTH_DAYS=HEALTH_OVER.days,
        settings=endpoints.settings_of(found, web.settings().mode),
        keyless=next((one for one in asked.keyless(web.session()) if one.endpoint.id == found.id), None),
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
    asked.after_making(web.session(), made, sealer=_sealer(), mode=settings.mode, now=clock.now())
    record("create", "endpoint", made.id, provider=made.provider, name=made.name)
    web.commit()
    flash("The endpoint is ready. Its URL is below, with what to do at the payment service.")
    return redirect(url_for("endpoints.show", provider=made.provider, name=made.name), 303)


@endpoint_pages.get("/<provider>/<name>/reached")
@requires("viewer")
def reached(provider: str, name: str) -> AnyResponse:
    """Whether a message has come, for the page that waits for the first."""
    found = endpoints.find(web.session(), provider, name)
    answer = jsonify({"reached": found.last_event_at is not None})
    answer.headers["Cache-Control"] = "no-store"
    return answer


@endpoint_pages.post("/<provider>/<name>/rehearse")
@requires("admin")
def rehearse(provider: str, name: str) -> AnyResponse:
    """Sends a signed message that moves nothing to the endpoint's own URL."""
    found, mode = endpoints.find(web.session(), provider, name), web.settings().mode
    opened = endpoints.opened(found, _sealer(), mode)
    url = endpoints.url_of(found, web.settings().public_url)
    web.session().rollback()  # what answers is this very program: nothing may be held while it does
    try:
        rehearsing.rehearse(shelf()[provider], opened, url, now=clock.now())
        flash("A test message went all the way: it was signed, verified and stored, and counts nowhere.")
    except DomainError as error:
        flash(sentence(error.message), "error")
    return redirect(url_for("endpoints.show", provider=provider, name=name), 303)


@endpoint_pages.post("/<provider>/<name>/add_secret")
@requires("admin")
def add_secret(provider: str, name: str) -> AnyResponse:
    """A further secret beside the present ones, so that rolling it loses no message."""

    def verb(endpoint: WebhookEndpoint) -> str:
        secret, mode = request.form.get("secret", ""), web.settings().mode
        endpoints.add_secret(web.session(), endpoint, secret, sealer=_sealer(), mode=mode, now=clock.now())
        return "Added. Messages signed with any of its secrets are taken."

    return _act(provider, name, "add_secret", verb)


@endpoint_pages.post("/<provider>/<name>/remove_secret")
@requires("admin")
def remove_secret(provider: str, name: str) -> AnyResponse:
    """Takes a secret out of use."""

    def verb(endpoint: WebhookEndpoint) -> str:
        endpoints.remove_secret(web.session(), endpoint, row_id(request.form.get("secret_id")) or 0)
        return "Removed. Messages signed with it are refused from now on."

    return _act(provider, name, "remove_secret", verb)


@endpoint_pages.post("/<provider>/<name>/set_setting")
@requires("admin")
def set_setting(provider: str, name: str) -> AnyResponse:
    """Sets or changes one setting; with a key, what waits for it is asked now."""
    setting, value = request.form.get("setting", ""), request.form.get("value", "")

    def verb(endpoint: WebhookEndpoint) -> str:
        mode, now = web.settings().mode, clock.now()
        endpoints.set_setting(web.session(), endpoint, setting, value, sealer=_sealer(), mode=mode, now=now)
        due = asked.after_setting(web.session(), endpoint, sealer=_sealer(), mode=mode, now=now)
        return f"Saved. {counted(due, 'look-up is', 'look-ups are')} made now." if due else "Saved."

    return _act(provider, name, "set_setting", verb, setting=setting[:32])


@endpoint_pages.post("/<provider>/<name>/remove_setting")
@requires("admin")
def remove_setting(provider: str, name: str) -> AnyResponse:
    """Takes one setting away."""
    setting = request.form.get("setting", "")

    def verb(endpoint: WebhookEndpoint) -> str:
        endpoints.remove_setting(web.session(), endpoint, setting, mode=web.settings().mode)
        return "Removed."

    return _act(provider, name, "remove_setting", verb, setting=setting[:32])


@endpoint_pages.post("/<provider>/<name>/set_default")
@requires("admin")
def set_default(provider: str, name: str) -> AnyResponse:
    """Where money goes that names no campaign."""
    slug = request.form.get("campaign", "")

    def verb(endpoint: WebhookEndpoint) -> str:
        campaign = lifecycle.find(web.session(), slug)[0] if slug else None
        endpoints.set_default(web.session(), endpoint, campaign)
        return "Saved. It holds for messages that arrive from now on."

    return _act(provider, name, "set_default", verb, to=slug)


def _act(provider: str, name: str, action: str, verb: Callable[[WebhookEndpoint], str], **detail: str) -> AnyResponse:
    """One verb, which returns what to say; what it refuses is said on the endpoint's page."""
    endpoint = endpoints.find(web.session(), provider, name)
    try:
        done = verb(endpoint)
        record(action, "endpoint", endpoint.id, **detail)
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


def _lacks(endpoint: WebhookEndpoint) -> str | None:
    return shelf()[endpoint.provider].lacks(endpoints.opened(endpoint, _sealer(), web.settings().mode))


def _sealer() -> Sealer:
    return Sealer(web.settings().secret_key)
