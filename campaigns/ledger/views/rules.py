"""Routing rules in the console: what they say, trying one out before it is switched on, ending one."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import audit, clock
from campaigns.campaign import lifecycle, zones
from campaigns.errors import DomainError, Invalid, NotFound
from campaigns.inbox.manual import titles
from campaigns.ledger import register, ruling
from campaigns.ledger.forms import RuleForm
from campaigns.ledger.models import RoutingRule
from campaigns.ledger.statement import Evidence
from campaigns.web.auth import current_staff, requires
from campaigns.web.errors import sentence
from campaigns.web.filters import counted
from campaigns.web.forms import local_text
from campaigns.web.session import commit, session, settings

rules = Blueprint("rules", __name__, url_prefix="/console/rules")


@rules.get("")
@requires("viewer")
def index() -> str:
    """Every rule, in words, and how many donations it has placed."""
    return render_template(
        "ledger/rules.html",
        rules=ruling.listed(session()),
        placed=ruling.placed(session()),
        FACTS=ruling.FACTS,
        BEGINNING=ruling.BEGINNING,
        zone=zones.shared(session()),
        titles=titles(),
    )


@rules.route("/create", methods=["GET", "POST"])
@requires("editor")
def create() -> str | Response | tuple[str, int]:
    """A new rule: shown first with what it would have done, then switched on."""
    form = RuleForm(request.form if request.method == "POST" else None)
    form.offer(lifecycle.list_campaigns(session()), titles(), ruling.names(session()), zones.shared(session()))
    if request.method == "GET":
        _prefill(form)
        return _page(form)
    if not form.validate():
        return _page(form), 422
    try:
        terms = ruling.checked(form.terms(lifecycle.list_campaigns(session())))
        if "switch_on" not in request.form:
            return _page(form, ruling.tried(session(), terms), terms)
        found, moved = _switch_on(terms)
    except DomainError as error:
        session().rollback()
        told = isinstance(error, Invalid) and form.blame(error)
        return _page(form, refusal=None if told else sentence(error.message)), error.status
    came = f" {counted(found, 'donation', 'donations')} that waited came to {terms.campaign.title}." if found else ""
    came += f" {counted(moved, 'donation', 'donations')} moved there." if moved else ""
    flash(f"The rule is on.{came}")
    return redirect(url_for("rules.index"), 303)


@rules.post("/<int:rule_id>/end")
@requires("editor")
def end(rule_id: int) -> Response:
    """From now on the rule places nothing; what it has placed stays."""
    row = session().get(RoutingRule, rule_id)
    if row is None:
        raise NotFound("there is no such rule")
    try:
        ruling.end(session(), row, now=clock.now())
        audit.record(session(), staff_id=current_staff().id, action="end", thing="rule", thing_id=row.id)
        commit()
        flash("The rule has ended. What it has placed stays where it is.")
    except DomainError as error:
        session().rollback()
        flash(sentence(error.message), "error")
    return redirect(url_for("rules.index"), 303)


def _switch_on(terms: ruling.Terms) -> tuple[int, int]:
    now = clock.now()
    row = ruling.switch_on(session(), terms, now=now)
    said = {"conditions": [list(one) for one in terms.conditions], "provider": terms.provider}
    act = audit.record(
        session(),
        staff_id=current_staff().id,
        action="create",
        thing="rule",
        thing_id=row.id,
        to=terms.campaign.slug,
        **said,
    )
    evidence = Evidence("staff", act.id, act.detail_sha256)
    came = ruling.apply(session(), terms, evidence=evidence, now=now, secret_key=settings().secret_key)
    commit()
    return came


def _prefill(form: RuleForm) -> None:
    """From the donation that staff came from: what is known of it; else from now on."""
    donation = register.by_key(session(), request.args.get("donation", ""))
    now = clock.now()
    form.since.data = local_text(now, form.since.timezone)
    if donation is None:
        return
    form.provider.data = donation.ref.provider
    form.since.data = ""
    facts = ruling.facts_of(session(), donation)
    if facts:
        form.name_1.data, form.value_1.data = facts[0]


def _page(
    form: RuleForm,
    trial: ruling.Trial | None = None,
    terms: ruling.Terms | None = None,
    refusal: str | None = None,
) -> str:
    donation = register.by_key(session(), request.args.get("donation", ""))
    return render_template(
        "ledger/rule.html",
        form=form,
        trial=trial,
        terms=terms,
        refusal=refusal,
        donation=donation,
        facts=ruling.facts_of(session(), donation) if donation else [],
        campaigns={campaign.id: campaign for campaign in lifecycle.list_campaigns(session())},
        FACTS=ruling.FACTS,
        TRIED_MAX=ruling.TRIED_MAX,
        SHOWN_MAX=ruling.SHOWN_MAX,
        zone=zones.shared(session()),
        titles=titles(),
    )
