"""Where a reader may be sent: to pages of ours and to the checkouts that a provider named, however it is written."""

from __future__ import annotations

import pytest

from campaigns.web.redirects import Elsewhere, check_checkout, origin, ours

BASE = "https://give.example.org"
STRIPE = "https://checkout.stripe.com"
ALLOWED = (STRIPE, "http://127.0.0.1:8420")

EVIL = [
    "//evil.example", "///evil.example", "////evil.example", "\\\\evil.example", "/\\evil.example", "\\/evil.example",
    "https:evil.example", "https:/evil.example", "https:\\\\evil.example", "http:evil.example",
    "HTTPS://evil.example", "/%0d%0aLocation: //evil.example", "/\r\nLocation:x", "/\tx", "\t//evil.example",
    " //evil.example", "/ /evil.example", "/%0d%0aLocation: x", "/x\\@evil.example",
    "https://checkout.stripe.com@evil.example", "https://user:pass@checkout.stripe.com/",
    "https://evil.example#@checkout.stripe.com", "https://evil.example?https://checkout.stripe.com",
    "https://checkout.stripe.com.evil.example/", "https://evilcheckout.stripe.com", "https://stripe.com/",
    "https://checkout.stripe.com:8443/", "https://checkout.stripe.com:", "https://checkout.stripe.com:443:1/",
    "https://checkout.stripe.com\\@evil.example/", "https://checkout.stripe.com%2eevil.example",
    "https://checkout.stripe.com%00.evil.example", "https://checkout.stripe.com./", "https://checkout。stripe.com/",
    "https://checkout．stripe.com/", "https://chеckout.stripe.com/", "https://evil。example", "／／evil.example",
    "http://checkout.stripe.com/", "ftp://checkout.stripe.com/", "https://127.0.0.1:8420/", "http://127.0.0.1:8421/",
    "http://127.0.0.1/", "http://2130706433:8420/", "http://[::1]:8420/", "https://[evil", "https://a:b:c",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x",
    "blob:https://x/y", "file:///etc/passwd", "https://give.example.org.evil.example",
    "https://give.example.org@evil.example", "https://give.example.org:444/", "http://give.example.org/", "", "x",
    "c/newsroom", "?next=//evil", "#x", "\x00", "/\u2028x", "https://", "https:///x", "/x" * 3_000,
]  # fmt: skip


@pytest.mark.parametrize("url", EVIL)
def test_nobody_is_sent_to_an_address_that_is_not_plainly_allowed(url):
    assert not ours(url, BASE)
    with pytest.raises(Elsewhere) as refused:
        check_checkout(url, allowed=ALLOWED, base=BASE)
    assert "evil" not in refused.value.message  # where it led may hold what only the donor should see


@pytest.mark.parametrize(
    "url",
    [
        "https://checkout.stripe.com/c/pay/cs_test_a1#fidkdWxOYHwnPyd1blpxYHZxWjA0%2F%3D",
        "https://checkout.stripe.com:443/c/pay/x",
        "http://127.0.0.1:8420/pay/cs_1",
        "/sandbox/checkout/pay_x?lang=de",
        "https://give.example.org/sandbox/checkout/x",
    ],
)
def test_ours_and_what_a_provider_named_may_be_gone_to(url):
    assert check_checkout(url, allowed=ALLOWED, base=BASE) == url


def test_an_origin_is_what_a_browser_makes_of_it():
    assert origin("https://pay.example:443/x?y#z") == "https://pay.example"
    assert origin("http://pay.example:80") == "http://pay.example"
    assert origin("https://pay.example:8443/") == "https://pay.example:8443"
    assert origin("http://[::1]:8000/x") == "http://[::1]:8000"
    assert origin("http://[::1]/x") == "http://[::1]"
    assert origin("https://pay..example") is None
    assert origin("https://pay.example:99999") is None


def test_a_base_below_a_path_or_on_a_port_is_ours_by_its_origin():
    assert ours("http://127.0.0.1:8000/c/x/thanks", "http://127.0.0.1:8000")
    assert not ours("http://127.0.0.1:8001/c/x/thanks", "http://127.0.0.1:8000")
    assert ours("/c/x", "https://give.example.org/tidemark")
