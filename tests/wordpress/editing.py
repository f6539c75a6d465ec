"""Writing an article in a WordPress's own editor."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.bed import wordpress
from tests.bed.wordpress import WordPress

READY = "window.wp && wp.data && wp.data.select('core/editor') && wp.data.select('core/editor').getCurrentPostId()"
NO_GUIDE = "wp.data.dispatch('core/preferences').set('core/edit-post', 'welcomeGuide', false)"
PASTE = """(text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def log_in(site: WordPress, page: Page, who: str) -> None:
    page.goto(f"{site.url}/wp-login.php")
    page.locator("#user_login").fill(who)
    page.locator("#user_pass").fill(wordpress.PASSWORDS[who])
    page.locator("#wp-submit").click()
    page.wait_for_url("**/wp-admin/**")


def editor(site: WordPress, page: Page, who: str) -> None:
    """A new article in the editor, without the guide that greets newcomers."""
    log_in(site, page, who)
    page.goto(f"{site.url}/wp-admin/post-new.php")
    page.wait_for_function(READY)
    page.evaluate(NO_GUIDE)


def paste(page: Page, text: str) -> None:
    """Pastes plain text where one is writing."""
    page.evaluate(PASTE, text)


def blocks(page: Page) -> list[list[str]]:
    """The blocks of the article: name and address."""
    made: list[list[str]] = page.evaluate(
        "wp.data.select('core/block-editor').getBlocks().map((one) => [one.name, one.attributes.url || ''])"
    )
    return made
