"""The plugin in a real WordPress: every place for a bar, the editor, the settings, and no complaint."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.widget import embeds
from campaigns.wordpress.package import package
from tests.bed.desk import Desk
from tests.bed.live import LiveServer
from tests.bed.wordpress import WordPress
from tests.wordpress.editing import editor, log_in
from tests.wordpress.test_wordpress import EMBED

pytestmark = [
    pytest.mark.wordpress,
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.parametrize("bed", ["sqlite"], indirect=True),
]
# A theme with a sidebar, as themes had them before there were blocks.
SIDEBAR = """<?php
add_action('widgets_init', fn() => register_sidebar(['id' => 'side', 'before_widget' => '<aside>',
  'after_widget' => '</aside>']));
add_action('wp_footer', fn() => dynamic_sidebar('side'), 5);
"""


@pytest.fixture
def plugged(site: WordPress, tidemark_server: LiveServer) -> WordPress:
    """A site with the plugin that this very Tidemark made."""
    site.add_plugin(package(tidemark_server.url))
    return site


def test_an_author_puts_the_bar_into_an_article_in_every_way(plugged, tidemark_server, browser: Browser):
    link = f"{tidemark_server.url}/c/newsroom"
    ways = {
        "block": '<!-- wp:tidemark/progress {"campaign":"newsroom","kind":"ring","title":"Newsroom"} /-->',
        "address": f'<!-- wp:tidemark/progress {{"campaign":"{link}?lang=de"}} /-->',
        "shortcode": '[tidemark campaign="newsroom" kind="ring" onclick="alert(1)" lang="&quot;>"]',
        "pasted": EMBED.format(url=link),
        "pasted frame": EMBED.format(url=f"{tidemark_server.url}/embed/newsroom"),
        "twice": '[tidemark campaign="newsroom"] and [tidemark campaign="newsroom" kind="compact"]',
    }
    for name, content in ways.items():
        article = plugged.publish("author", f"By {name}", content)
        page = browser.new_page()
        page.goto(article)
        bar = page.locator("tidemark-progress").first
        expect(bar.get_by_role("progressbar")).to_be_visible()
        assert page.locator("script[src*='/widget.v1.js']").count() == 1, name
        assert page.locator("script[src*='/widget.v1.js']").get_attribute("async") is not None
        assert page.locator("blockquote").count() == 0
        assert bar.get_attribute("source") == article
        if name in ("block", "shortcode"):
            expect(bar.locator(".tm-kind-ring")).to_be_visible()
            assert 'width="260" height="346"' in plugged.read(article)
        with page.expect_popup() as opened:
            bar.get_by_role("link", name="Newsroom", exact=True).first.press("Enter")
        expect(opened.value).to_have_url(re.compile(re.escape(link)))
        page.close()
    feed = plugged.read(f"{plugged.url}/feed/")
    assert feed.count(f'<a href="{link}"') == len(ways) + 1
    assert "tidemark-progress" not in feed
    assert plugged.complaints() == ""


def test_the_article_is_told_only_where_readers_may_know_it(plugged, tidemark_server, browser: Browser):
    secret = plugged.publish("author", "Secret", '[tidemark campaign="newsroom"]')
    code = f"$id = url_to_postid('{secret}'); wp_update_post(['ID' => $id, 'post_password' => 'x']);"
    plugged.php(code)
    told = plugged.php(
        "global $wp_query, $post; $_COOKIE['wp-postpass_' . COOKIEHASH] = 'x';"
        f"query_posts(['p' => url_to_postid('{secret}')]); the_post();"
        "echo do_shortcode('[tidemark campaign=\"newsroom\"]');"
    )
    assert "<tidemark-progress" in told
    assert "source=" not in told
    plugged.php("update_option('tidemark_tells_page', '0');")
    open_to_all = plugged.publish("author", "Open", '[tidemark campaign="newsroom"]')
    assert "source=" not in plugged.read(open_to_all)
    assert "<tidemark-progress" in plugged.read(open_to_all)


def test_what_is_no_campaign_is_told_to_those_who_write_and_shown_to_nobody_else(plugged):
    article = plugged.publish("author", "Wrong", 'Before [tidemark campaign="No Such <b>"] after')
    html = plugged.read(article)
    assert "Before  after" in html
    assert "tidemark-progress" not in html
    seen = "wp_set_current_user(get_user_by('login', 'author')->ID); echo do_shortcode('[tidemark]');"
    assert "write the last part of a campaign’s address" in plugged.php(seen)


def test_a_name_that_tidemark_does_not_know_is_told_to_those_who_write_until_it_does(
    plugged, tidemark_server, database, settings, page: Page
):
    later = plugged.publish("author", "Too early", 'Before [tidemark campaign="parliament"] after')
    assert "Before  after" in plugged.read(later)  # asked when it was saved, so that no reader is led to nothing
    log_in(plugged, page, "author")
    page.goto(later)
    expect(page.get_by_text("no published campaign “parliament” is known at")).to_be_visible()
    Desk(database, settings, now=clock.now()).campaign("parliament")
    assert "Before  after" in plugged.read(later)
    _let_time_pass(plugged)
    assert "Before  after" in plugged.read(later)  # a reader waits for nothing
    _in_the_background(plugged)
    told = plugged.read(later)
    assert '<tidemark-progress campaign="parliament"' in told
    assert 'alt="Parliament: donate"' in told
    tidemark_server.stop()
    _let_time_pass(plugged)
    page.goto(later)
    _in_the_background(plugged)
    assert plugged.read(later).count('alt="Parliament: donate"') == 1
    assert plugged.complaints() == ""


def test_a_shortcode_keeps_the_place_of_a_saved_look_and_speaks_the_language_that_is_asked_for(plugged, database):
    with database.writing() as session:
        campaign, _by_alias = lifecycle.find(session, "newsroom")
        look = embeds.look_of({"kind": "thermometer"})
        key = embeds.create(session, campaign.id, name="Tall", look=look, is_default=False, now=clock.now()).key
    article = plugged.publish("author", "Saved", f'[tidemark campaign="newsroom" embed="{key}" lang="de"]')
    html = plugged.read(article)
    assert 'width="300" height="440" alt="Newsroom: spenden"' in html
    assert f'embed="{key}"' in html


def test_the_classic_widget_stands_in_a_sidebar(plugged, tidemark_server, page: Page):
    (plugged.folder / "content/mu-plugins/sidebar.php").write_text(SIDEBAR)
    plugged.php(
        "update_option('widget_tidemark', [2 => ['campaign' => 'newsroom'], '_multiwidget' => 1]);"
        "update_option('sidebars_widgets', ['side' => ['tidemark-2'], 'array_version' => 3]);"
    )
    article = plugged.publish("author", "Beside it", '[tidemark campaign="newsroom"]')
    page.goto(article)
    page.locator("aside").scroll_into_view_if_needed()
    expect(page.locator("aside tidemark-progress").get_by_role("progressbar")).to_be_visible()
    expect(page.locator("aside .tm-kind-compact")).to_be_visible()
    assert page.locator("script[src*='/widget.v1.js']").count() == 1
    assert page.locator("aside tidemark-progress").get_attribute("source") == article
    front = plugged.read(plugged.url)
    assert "<aside><tidemark-progress" in front
    assert "source=" not in front
    assert plugged.complaints() == ""


def test_the_classic_widget_shows_a_bar_and_keeps_only_what_it_knows(plugged, tidemark_server):
    shown = plugged.php("the_widget('Tidemark\\\\Widget', ['campaign' => 'newsroom', 'theme' => 'dark']);")
    assert '<tidemark-progress campaign="newsroom" kind="compact" theme="dark">' in shown
    typed = (
        f"['campaign' => '{tidemark_server.url}/c/newsroom?x=1', 'kind' => 'pyramid', 'theme' => 'dark', 'a' => 'b']"
    )
    kept = plugged.php(f"echo wp_json_encode((new Tidemark\\Widget())->update({typed}, []));")
    assert kept == '{"theme":"dark","campaign":"newsroom"}'
    form = plugged.php("(new Tidemark\\Widget())->form(['campaign' => '\"><script>']);")
    assert 'value="&quot;&gt;&lt;script&gt;"' in form
    assert plugged.complaints() == ""


def test_an_author_sees_the_bar_in_the_editor_and_is_told_of_a_wrong_name(plugged, tidemark_server, page: Page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    editor(plugged, page, "author")
    page.evaluate("wp.data.dispatch('core/block-editor').insertBlocks(wp.blocks.createBlock('tidemark/progress'))")
    block = page.locator('[data-type="tidemark/progress"]')
    block.get_by_label("Campaign").fill("no-such")
    block.get_by_role("button", name="Show it").click()
    expect(block.get_by_text("Tidemark knows no published campaign “no-such”.")).to_be_visible()
    block.get_by_label("Campaign").fill("Not A Name")
    block.get_by_role("button", name="Show it").click()
    expect(block.get_by_text("That is no campaign.")).to_be_visible()
    assert not [url for url in asked if "/embed/" in url]  # no frame of what nobody knows
    block.get_by_label("Campaign").fill(f"{tidemark_server.url}/c/newsroom")
    block.get_by_role("button", name="Show it").click()
    preview = page.frame_locator('iframe[title="Newsroom"]')
    expect(preview.get_by_role("progressbar")).to_be_visible()
    page.evaluate("""async () => {
      wp.data.dispatch('core/editor').editPost({ title: 'Made in the editor', status: 'publish' });
      await wp.data.dispatch('core/editor').savePost();
    }""")
    assert 'wp:tidemark/progress {"campaign":"newsroom","title":"Newsroom","width":600,"height":120}' in page.evaluate(
        "wp.data.select('core/editor').getEditedPostContent()"
    )
    page.goto(page.evaluate("wp.data.select('core/editor').getPermalink()"))
    expect(page.locator("tidemark-progress").get_by_role("progressbar")).to_be_visible()
    assert plugged.complaints() == ""


def test_the_administrator_names_another_address_and_a_wrong_one_is_refused(plugged, tidemark_server, page: Page):
    log_in(plugged, page, "admin")
    page.goto(f"{plugged.url}/wp-admin/options-general.php?page=tidemark")
    field = page.get_by_label("Address of Tidemark")
    expect(field).to_have_attribute("placeholder", tidemark_server.url)
    page.evaluate("document.querySelector('#tidemark_url').type = 'text'")
    field.fill("javascript:alert(1)")
    page.get_by_role("button", name="Save Changes").click()
    expect(page.get_by_text("That is no address of Tidemark.")).to_be_visible()
    field.fill("https://give.example.org/")
    page.get_by_label("Tell Tidemark which article").uncheck()
    page.get_by_role("button", name="Save Changes").click()
    expect(field).to_have_value("https://give.example.org")
    expect(page.get_by_label("Tell Tidemark which article")).not_to_be_checked()
    shown = plugged.php("echo do_shortcode('[tidemark campaign=\"newsroom\"]');")
    assert 'href="https://give.example.org/c/newsroom"' in shown
    assert plugged.complaints() == ""


def test_it_goes_without_a_trace(plugged):
    plugged.php("update_option('tidemark_url', 'https://give.example.org'); update_option('tidemark_tells_page', '0');")
    plugged.php(
        "require_once ABSPATH . 'wp-admin/includes/plugin.php'; deactivate_plugins('tidemark/tidemark.php');"
        "uninstall_plugin('tidemark/tidemark.php');"
    )
    query = "SELECT COUNT(*) FROM $wpdb->options WHERE option_name LIKE '%tidemark%'"
    assert plugged.php(f'global $wpdb; echo $wpdb->get_var("{query}");') == "0"


def _let_time_pass(site: WordPress) -> None:
    """What was asked is as old as can be."""
    site.php(
        "$kept = get_option('tidemark_campaigns');"
        "foreach ($kept as $name => $known) $kept[$name]['asked_at'] = 0;"
        "update_option('tidemark_campaigns', $kept, false);"
    )


def _in_the_background(site: WordPress) -> None:
    """Does what WordPress set itself to do, as its own clock would."""
    site.php(
        "foreach (_get_cron_array() as $at => $hooks) foreach ($hooks['tidemark_ask'] ?? [] as $event) {"
        "  wp_unschedule_event($at, 'tidemark_ask', $event['args']); do_action('tidemark_ask', ...$event['args']); }"
    )
