"""Putting the bar on a site, in the console: choose how it looks, see it in an article, copy what the site takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.campaign.models import Campaign
from campaigns.language import spoken
from campaigns.ledger import standing
from campaigns.web import session as web
from campaigns.web.auth import requires
from campaigns.web.headers import CONSOLE_POLICY
from campaigns.widget import drafts, embeds, snippet
from campaigns.widget.contact import states
from campaigns.widget.drawing import Drawing
from campaigns.widget.forms import Chosen, SaveForm, chosen, hidden, worded_choices
from campaigns.widget.hosts import hosts
from campaigns.widget.kinds import draw
from campaigns.widget.look import DEFAULT_KIND, THEMES, Look, kinds
from campaigns.widget.models import Embed
from campaigns.widget.preview import of_outlook
from campaigns.widget.script import sheet_of
from campaigns.widget.views._reading import look_for, style_of

WIDTHS = (("Phone", 390), ("Desktop", 900))

blueprint = Blueprint("placing", __name__, url_prefix="/console")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page is about: the saved look it began with, what is chosen, whether the site tells of its pages."""

    embed: Embed | None
    chosen: Chosen
    tells_page: bool

    @property
    def look(self) -> Look:
        """What is shown."""
        return self.chosen.look


@blueprint.get("/campaigns/<slug>/embed")
@requires("viewer")
def place(slug: str) -> Response:
    """The choices, the bar in an article at two widths, and what to paste on each kind of site."""
    campaign = find_campaign(slug)
    asked = _asked(campaign)
    form = SaveForm(None)
    if asked.embed is not None:
        form.name.data, form.is_default.data = asked.embed.name, asked.embed.is_default
    return page_of(campaign, asked, form)


@blueprint.get("/campaigns/<slug>/embed/article")
@requires("viewer")
def article(slug: str) -> Response:
    """An article of no newspaper with the bar in it, for the frames of the page above."""
    campaign = find_campaign(slug)
    look = look_for(campaign.slug, request.args)
    page = render_template(
        "campaign/mock_article.html",
        campaign=campaign,
        theme=look.theme,
        element=snippet.element(campaign.slug, campaign.title, web.settings().public_url, look=look),
    )
    response = make_response(page)
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    policy = CONSOLE_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    response.headers["Content-Security-Policy"] = policy
    return response


@blueprint.get("/contact-sheet")
@requires("viewer")
def contact_sheet() -> Response:
    """Every state of one kind in one theme, in a look that is being tried out, drawn by the templates readers get."""
    word = request.args.get("embed", "")
    look = Look.of(request.args, drafts.read(web.settings().secret_key, word))
    look = look if look.theme in THEMES[1:] else replace(look, theme="light")
    shown = states()
    style = style_of(Drawing(next(iter(shown.values())), look, ""))
    page = render_template(
        "widget/contact_sheet.html",
        look=look,
        drawn=[(name, draw(snapshot, look, web.settings().public_url)) for name, snapshot in shown.items()],
        kinds=kinds(),
        themes=THEMES[1:],
        sheet=sheet_of(look.kind),
        style=style,
        word=look.key,
    )
    response = make_response(page)
    allowed = f"style-src 'self'{style.source}"
    response.headers["Content-Security-Policy"] = CONSOLE_POLICY.replace("style-src 'self'", allowed)
    return response


def page_of(campaign: Campaign, asked: Asked, form: SaveForm, status: int = 200) -> Response:
    """The page, with `form` to save what is shown."""
    bar = _drawing(campaign, asked.look)
    with bar.speaking():
        texts = hosts(bar, tells_page=asked.tells_page) if asked.look.can_be_said else ()
    page = render_template(
        "widget/placing.html",
        campaign=campaign,
        status=bar.snapshot.status,
        asked=asked,
        form=form,
        hidden=hidden(asked.look),
        saved=embeds.every(web.session(), campaign.id),
        kinds=[DEFAULT_KIND, *(kind for kind in kinds() if kind != DEFAULT_KIND)],
        choices=worded_choices(),
        languages=spoken(),
        hosts=texts,
        widths=WIDTHS,
        article=_article(campaign, asked.look),
        draft=None if asked.look.can_be_said and not asked.look.key else drafted(asked.look),
    )
    response = make_response(page, status)
    response.headers["Content-Security-Policy"] = f"{CONSOLE_POLICY}; frame-src 'self'"
    return response


def drafted(look: Look) -> str:
    """The look as a bar can be asked for it before it is saved."""
    return drafts.written(web.settings().secret_key, look)


def find_campaign(slug: str) -> Campaign:
    """Raises NotFound."""
    campaign, _by_alias = lifecycle.find(web.session(), slug)
    return campaign


def _article(campaign: Campaign, look: Look) -> str:
    """Where the look is seen; what attributes have no words for goes along signed."""
    query: dict[str, Any] = dict(look.attributes) if look.can_be_said else {"embed": drafted(look)}
    return url_for("placing.article", slug=campaign.slug) + (f"?{urlencode(query)}" if query else "")


def _drawing(campaign: Campaign, look: Look) -> Drawing:
    outlook = standing.outlook(web.session(), campaign, now=clock.now())
    return Drawing(of_outlook(outlook, mode=web.settings().mode), look, web.settings().public_url)


def _asked(campaign: Campaign) -> Asked:
    key = request.args.get("embed")
    embed = embeds.find(web.session(), campaign.id, key) if key else None
    usual = embeds.saved_look(web.session(), campaign.slug, None) or Look()
    base = embeds.look_in(embed) if embed else usual
    return Asked(embed, chosen(request.args, base), request.args.get("source") == "page")
