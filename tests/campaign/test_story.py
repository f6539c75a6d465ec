"""The story is Markdown; nothing in it can become anything but text, plain markup and safe links."""

from __future__ import annotations

import pytest

from campaigns.campaign.story import story_html


def test_markdown_becomes_plain_markup():
    html = story_html("# Why\n\nWe are **eleven**.\n\n- one\n- two\n\n> quoted")
    assert html == (
        "<h2>Why</h2>\n<p>We are <strong>eleven</strong>.</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"
        "<blockquote>\n<p>quoted</p>\n</blockquote>\n"
    )


def test_links_lead_out_without_credit():
    assert story_html("[us](https://a.example)") == (
        '<p><a href="https://a.example" rel="noopener nofollow">us</a></p>\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "<img src=x onerror=alert(1)>",
        "![x](https://a.example/x.png)",
        "<svg onload=alert(1)>",
        "`<iframe src=x>`",
    ],
)
def test_nothing_in_a_story_acts(text):
    html = story_html(text).lower()
    for part in ("<script", "<img", "<svg", "<iframe", 'href="javascript', 'href="data'):
        assert part not in html
