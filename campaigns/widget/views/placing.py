"""Putting the bar on a site, in the console: choose how it looks, see it in an article, copy what the site takes."""

from __future__ import annotations

from dataclasses import dataclass
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
from campaigns.widget import snippet
from campaigns.widget.contact import states
from campaigns.widget.drawing import Drawing
from campaigns.widget.hosts import hosts
from campaigns.widget.kinds import draw
from campaigns.widget.look import DEFAULT_KIND, THEMES, Look, kinds
from campaigns.widget.preview import of_outlook
from campaigns.widget.script import sheet_of

WIDTHS = (("Phone", 390), ("Desktop", 900))

blueprint = Blueprint("placing", __name__, url_prefix="/console")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is chosen on the page: the look, and whether the site tells which of its pages a gift came from."""

    look: Look
    tells_page: bool

    @property
    def query(self) -> str:
        """The choice as a query, which the article of the preview is asked with."""
        told = [("source", "page")] if self.tells_page else []
        return urlencode([*snippet.chosen(self.look), *told])


@blueprint.get("/campaigns/<slug>/embed")
@requires("viewer")
def place(slug: str) -> Response:
    """The choices, the bar in an article at two widths, and what to paste on each kind of site."""
    campaign, asked = _campaign(slug), _asked()
    bar = _drawing(campaign, asked.look)
    with bar.speaking():
        texts = hosts(bar, tells_page=asked.tells_page)
    page = render_template(
        "widget/placing.html",
        campaign=campaign,
        status=bar.snapshot.status,
        asked=asked,
        kinds=[DEFAULT_KIND, *(kind for kind in kinds() if kind != DEFAULT_KIND)],
        themes=THEMES,
        languages=spoken(),
        hosts=texts,
        widths=WIDTHS,
        article=url_for("placing.article", slug=campaign.slug) + (f"?{asked.query}" if asked.query else ""),
    )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = f"{CONSOLE_POLICY}; frame-src 'self'"
    return response


@blueprint.get("/campaigns/<slug>/embed/article")
@requires("viewer")
def article(slug: str) -> Response:
    """An article of no newspaper with the bar in it, for the frames of the page above."""
    campaign, asked = _campaign(slug), _asked()
    page = render_template(
        "campaign/mock_article.html",
        campaign=campaign,
        theme=asked.look.theme,
        element=snippet.element(campaign.slug, campaign.title, web.settings().public_url, look=asked.look),
    )
    response = make_response(page)
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    policy = CONSOLE_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    response.headers["Content-Security-Policy"] = policy
    return response


@blueprint.get("/contact-sheet")
@requires("viewer")
def contact_sheet() -> str:
    """Every state of one kind in one theme, drawn by the templates that readers get."""
    kind, theme = request.args.get("kind", ""), request.args.get("theme", "")
    look = Look(kind if kind in kinds() else DEFAULT_KIND, theme if theme in THEMES[1:] else "light")
    drawn = [(name, draw(snapshot, look, web.settings().public_url)) for name, snapshot in states().items()]
    return render_template(
        "widget/contact_sheet.html", look=look, drawn=drawn, kinds=kinds(), themes=THEMES[1:], sheet=sheet_of(look.kind)
    )


def _campaign(slug: str) -> Campaign:
    campaign, _by_alias = lifecycle.find(web.session(), slug)
    return campaign


def _drawing(campaign: Campaign, look: Look) -> Drawing:
    outlook = standing.outlook(web.session(), campaign, now=clock.now())
    return Drawing(of_outlook(outlook, mode=web.settings().mode), look, web.settings().public_url)


def _asked() -> _Asked:
    return _Asked(Look.of(request.args), request.args.get("source") == "page")
