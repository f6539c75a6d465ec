"""In a real WordPress: an author pastes the link, an administrator the snippet, and readers get out of the frame."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from campaigns.widget.snippet import snippet
from tests.wordpress.editing import blocks, editor, paste

pytestmark = [
    pytest.mark.wordpress,
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.parametrize("bed", ["sqlite"], indirect=True),
]
EMBED = """<!-- wp:embed {{"url":"{url}"}} --><figure class="wp-block-embed"><div class="wp-block-embed__wrapper">
{url}
</div></figure><!-- /wp:embed -->"""
HTML = "<!-- wp:html -->{code}<!-- /wp:html -->"
QUOTE = "blockquote.wp-embedded-content"
FRAME = "iframe.wp-embedded-content"


def test_every_way_into_an_article(site, tidemark_server, browser: Browser, page: Page):
    base = tidemark_server.url
    link = f"{base}/c/newsroom"
    embedded = site.publish("author", "Embedded", EMBED.format(url=link))
    _is_framed(site.read(embedded), link, base)
    _is_framed(site.read(site.publish("author", "Bare", f"Text.\n\n{link}\n\nMore.")), link, base)
    for leave in ("click", "Enter"):
        _leads_out(page, embedded, leave, f"{link}/donate")
    _stays_without_scripts(browser, embedded, link)
    code = HTML.format(code=snippet("newsroom", "Newsroom", base))
    _is_link_and_picture_alone(site.read(site.publish("author", "By an author", code)), link, base)
    _is_alive(page, site.publish("admin", "By the administrator", code))
    assert f'<a href="{link}">' in site.read(f"{site.url}/feed/")


def test_who_was_away_at_the_first_saving_is_shown_by_another_address(site, tidemark_server):
    link = f"{tidemark_server.url}/c/newsroom"
    tidemark_server.stop()
    lost = site.publish("author", "Lost", EMBED.format(url=link))
    assert "<iframe" not in site.read(lost)
    tidemark_server.start()
    assert "<iframe" not in site.read(lost)  # WordPress remembers the failure
    assert "<iframe" in site.read(site.publish("author", "Found", EMBED.format(url=f"{link}?r=1")))


def test_an_address_pasted_into_the_editor_becomes_the_bar_at_once(secure_site, secure_server, browser: Browser):
    link = f"{secure_server}/c/newsroom?lang=de"
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    editor(secure_site, page, "author")
    page.get_by_role("textbox", name="Add title").fill("Pasted")
    page.keyboard.press("Enter")
    paste(page, link)
    page.wait_for_function("wp.data.select('core/block-editor').getBlocks()[0]?.name === 'core/embed'")
    assert blocks(page) == [["core/embed", link]]
    preview = page.locator("[data-type='core/embed'] iframe.wp-embedded-content")
    expect(preview).to_be_visible(timeout=20_000)
    expect(preview.content_frame.get_by_role("progressbar", name="Newsroom")).to_be_visible()
    expect(preview.content_frame.get_by_role("link", name="Spenden", exact=True)).to_be_visible()
    context.close()


def _is_framed(html: str, link: str, base: str) -> None:
    assert re.search(rf'<blockquote class="wp-embedded-content"[^>]*>(?:<p>)?<a href="{link}">', html)
    assert re.search(
        rf'<iframe class="wp-embedded-content" sandbox="allow-scripts"[^>]* src="{base}/embed/newsroom#', html
    )


def _leads_out(page: Page, article: str, leave: str, to: str) -> None:
    """The bar is seen whole, at its own height, and its button leads the top page to us."""
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.goto(article)
    expect(page.locator(FRAME)).to_be_visible()
    expect(page.locator(QUOTE)).to_be_hidden()
    go = page.frame_locator(FRAME).get_by_role("link", name="Donate", exact=True)
    expect(go).to_be_visible()
    frame = page.frames[1]
    page.wait_for_timeout(500)
    inner, whole = frame.evaluate("[innerHeight, document.documentElement.scrollHeight]")
    assert inner == whole > 200
    if leave == "click":
        go.click()
    else:
        go.focus()
        page.keyboard.press("Enter")
    page.wait_for_url(to)
    assert not [text for text in told if "widgets.localhost" in text]


def _stays_without_scripts(browser: Browser, article: str, link: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(article)
    page.locator(QUOTE).get_by_role("link").click()
    expect(page).to_have_url(link)
    context.close()


def _is_link_and_picture_alone(html: str, link: str, base: str) -> None:
    article = html[html.rindex("wp-block-post-content") :]
    left = article[article.index(">") + 1 : article.index("</div>")]
    assert re.fullmatch(rf'\s*<a href="{link}"[^>]*><img [^>]*src="{base}/img/newsroom.svg"[^>]*></a>\s*', left), left


def _is_alive(page: Page, article: str) -> None:
    page.goto(article)
    expect(page.locator("tidemark-progress").get_by_role("progressbar")).to_be_visible()
    assert page.locator("script[src*='/widget.v1.js']").count() == 1
