"""The receipt: once, in the donor's language, in text and HTML, over real SMTP; and the link to a monthly gift."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from campaigns import clock
from campaigns.campaign import lifecycle
from campaigns.donate import managing, promises
from campaigns.donate.models import DonationIntent
from campaigns.installation import Installation
from campaigns.outbox import mail
from campaigns.outbox.models import OutboxMessage
from tests.bed.desk import Desk
from tests.bed.postbox import Postbox, postbox
from tests.fakes.stripe.api import SECRET_KEY
from tests.fakes.stripe.server import FakeStripe
from tests.fakes.stripe.world import World

ADA = "ada@example.org"


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as made:
        yield made


@pytest.fixture
def settings(settings, box):
    return settings.model_copy(update={"smtp_url": box.url, "mail_from": "Newsroom <give@herald.example>"})


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    with FakeStripe(World(seed=7, now=int(clock.now().timestamp()))) as started:
        yield started


@pytest.fixture
def desk(database, settings, fake) -> Desk:
    desk = Desk(database, settings, now=clock.now())
    desk.campaign(timezone="Europe/Berlin")
    desk.endpoint(api_key=SECRET_KEY, api_base=fake.url)
    return desk


def give(desk, client, fake, *, lang: str = "en", **fields: str) -> None:
    page = client.get(f"/c/newsroom/donate?lang={lang}").get_data(as_text=True)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    typed = hidden | {"method": "stripe", "amount": "50", "email": ADA} | fields
    assert client.post(f"/c/newsroom/donate?lang={lang}", data=typed).status_code == 303
    session = [one for one in fake.world.objects.values() if one["object"] == "checkout.session"][-1]
    fake.world.complete_session(session["id"])
    hear(desk, fake)


def hear(desk, fake) -> None:
    desk.now = clock.now()
    for event in fake.world.events:
        desk.send(event)


def work(desk, **later: float) -> dict[str, int]:
    return promises.deliver(desk.database, desk.settings, now=clock.now() + timedelta(**later))


def text_of(message) -> str:
    return str(message.get_body(("plain",)).get_content())


def html_of(message) -> str:
    return str(message.get_body(("html",)).get_content())


def test_a_gift_gets_one_receipt_that_says_what_where_and_when(desk, client, fake, box):
    with desk.database.writing() as session:
        session.execute(update(Installation).values(organisation_name="Herald e.V.", legal_footer="Tax no. 12/345"))
    give(desk, client, fake, name="Ada L.", tribute="Grace H.", cover_fees="yes")
    assert work(desk) == {"delivered": 1}
    hear(desk, fake)
    assert work(desk, days=30) == {}
    (message,) = box.mails
    assert (message["To"], message["From"]) == (ADA, "Newsroom <give@herald.example>")
    assert message["Auto-Submitted"] == "auto-generated"
    for body in (text_of(message), html_of(message)):
        for said in ("Ada L.", "$51.81", "$1.81", "Grace H.", "Herald e.V.", "Tax no. 12/345", "/c/newsroom"):
            assert said in body, said
    assert "/manage/" not in text_of(message)


@pytest.mark.parametrize(("lang", "said", "direction"), [("de", "Spende", "ltr"), ("ar", "تبرع", "rtl")])
def test_it_speaks_the_donors_language(desk, client, fake, box, lang, said, direction):
    give(desk, client, fake, lang=lang)
    work(desk)
    (message,) = box.mails
    assert said in text_of(message)
    assert f'<html lang="{lang}" dir="{direction}">' in html_of(message)
    assert message["Content-Language"] == lang


def test_what_a_donor_or_staff_typed_makes_no_header_and_no_markup(desk, client, fake, box):
    with desk.database.writing() as session:
        campaign, _ = lifecycle.find(session, "newsroom")
        campaign.title = "Bread & <b>roses</b>\r\nBcc: all@example.org"
    give(desk, client, fake, name="<script>Ada</script>", tribute="a\u2028b")
    work(desk)
    (message,) = box.mails
    assert message["Bcc"] is None
    assert "<script>" not in html_of(message)
    assert "<b>roses" not in html_of(message)
    assert "<script>Ada</script>" in text_of(message)


def test_without_an_address_or_after_the_money_went_back_there_is_none(desk, client, fake, box):
    give(desk, client, fake, email="")
    charge = next(one["id"] for one in fake.world.objects.values() if one["object"] == "charge")
    with desk.database.writing() as session:
        said = "UPDATE donation SET donor_email = NULL"
        session.connection().exec_driver_sql(said)
    assert work(desk) == {"delivered": 1}
    give(desk, client, fake)
    charge = [one["id"] for one in fake.world.objects.values() if one["object"] == "charge"][-1]
    fake.world.refund(charge, 5_000)
    hear(desk, fake)
    work(desk)
    assert box.mails == []
    with desk.database.reading() as session:
        told = set(session.scalars(select(OutboxMessage.reason).filter_by(type="receipt")))
    assert told == {"the donor gave no address", "the gift was given back before its receipt was sent"}


def test_two_workers_send_it_once(desk, client, fake, box):
    give(desk, client, fake)
    threads = [threading.Thread(target=work, args=(desk,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(box.mails) == 1


def test_a_server_that_is_busy_gets_it_later_under_the_same_name_and_one_that_refuses_does_not(desk, client, fake, box):
    give(desk, client, fake)
    box.refusals = ["450 busy"]
    assert work(desk) == {"waiting": 1}
    assert work(desk, minutes=5) == {"delivered": 1}
    give(desk, client, fake)
    box.refusals = ["550 no such person"]
    assert work(desk) == {"given up": 1}
    with desk.database.reading() as session:
        reasons = session.scalars(select(OutboxMessage.reason).where(OutboxMessage.given_up_at.is_not(None))).all()
    assert reasons == ["the mail server refused the recipient (550)"]
    again = mail.Letter("receipt:x", ADA, "s", "t", "h", "en")
    first, second = (mail.compose(again, desk.settings)["Message-ID"] for _ in range(2))
    assert first == second


def test_without_a_mail_server_nothing_is_tried_and_nothing_is_lost(desk, client, fake, box):
    give(desk, client, fake)
    mute = desk.settings.model_copy(update={"smtp_url": None})
    assert promises.deliver(desk.database, mute, now=clock.now()) == {}
    assert work(desk) == {"delivered": 1}


def test_a_monthly_donor_gets_a_link_that_leads_to_the_services_own_page(desk, client, fake, box):
    give(desk, client, fake, frequency="monthly")
    work(desk)
    link = re.search(r"https?://\S+(/manage/\S+)", text_of(box.mails[0]))
    assert link
    page = client.get(link[1]).get_data(as_text=True)
    assert "You give $50 every month" in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    answer = client.post(link[1], data={"csrf_token": token[1]})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(fake.url)
    assert ADA not in answer.headers["Location"] + link[1]


def test_a_forged_an_old_and_a_single_gifts_link_lead_to_nothing_but_a_fresh_one(desk, client, fake, box):
    give(desk, client, fake)
    with desk.database.reading() as session:
        once = session.scalars(select(DonationIntent)).one()
    old = managing.manage_link(desk.settings, once, now=clock.now() - timedelta(days=91))
    of_once = managing.manage_link(desk.settings, once, now=clock.now())
    for link in (old, of_once, of_once[:-3] + "xyz", "/manage/x", "/manage/%00"):
        page = client.get(link.removeprefix(desk.settings.public_url)).get_data(as_text=True)
        assert "too old or not complete" in page
        assert ADA not in page


def test_a_fresh_link_goes_to_the_address_of_the_gift_alone_and_the_answer_tells_nobody_anything(
    desk, client, fake, box
):
    give(desk, client, fake, frequency="monthly")
    work(desk)
    box.mails.clear()
    page = client.get("/manage").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    bodies = set()
    for address in (ADA.upper(), "stranger@example.org", "no address"):
        answer = client.post("/manage", data={"csrf_token": token[1], "email": address})
        bodies.add(re.sub(r'name="csrf_token" value="[^"]+"', "", answer.get_data(as_text=True)))
    assert len(bodies) == 1
    assert work(desk) == {"delivered": 1}
    client.post("/manage", data={"csrf_token": token[1], "email": ADA})
    assert work(desk) == {}  # one a day, whoever asks how often
    (message,) = box.mails
    assert message["To"] == ADA
    assert "/manage/" in text_of(message)
