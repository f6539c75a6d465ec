"""The console's pages about endpoints: making one, rolling its secrets, its default campaign."""

from __future__ import annotations

from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import select

from campaigns.audit import AuditEntry
from campaigns.crypto import Sealer
from campaigns.inbox import endpoints, log
from tests.bed.cast import post
from tests.bed.desk import CREATED, NOW, Desk
from tests.bed.looking import page_of
from tests.bed.stripe_events import charge, event, signed
from tests.bed.told import give

NEW_SECRET = "whsec_" + "n" * 32


pytestmark = pytest.mark.usefixtures("traveller")


def signing(desk: Desk, name: str = "main") -> list[str]:
    with desk.database.reading() as session:
        endpoint = endpoints.find(session, "stripe", name)
        return list(endpoints.opened(endpoint, Sealer(desk.settings.secret_key), desk.settings.mode).secrets)


def create(client, **form):
    data = {"name": "berlin", "secret": NEW_SECRET, **form}
    return post(client, "/console/endpoints/create?provider=stripe", data)


def test_an_endpoint_made_in_the_console_takes_messages(desk, cast, client):
    admin = cast.client("admin")
    answer = create(admin, campaign="newsroom", setting_api_key="rk_test_" + "x" * 24)
    assert (answer.status_code, answer.location) == (303, "/console/endpoints/stripe/berlin")
    page = page_of(admin, answer.location)
    for told in ("http://tidemark.test/webhooks/stripe/berlin", "Set up Stripe", "charge.succeeded", "api_key"):
        assert told in page
    for secret in (NEW_SECRET, "rk_test_"):
        assert secret not in page
    message = event("charge.succeeded", charge("ch_1", 700, created=CREATED), created=CREATED)
    body, headers = signed(message, at=int(NOW.timestamp()), secret=NEW_SECRET)
    assert client.post("/webhooks/stripe/berlin", data=body, headers=headers).get_json() == {"status": "processed"}
    assert desk.raised() == 700
    assert "last message <time" in page_of(admin, "/console/endpoints")


def test_the_form_of_a_provider_shows_its_manual_and_the_types_to_tick(desk, cast):
    admin = cast.client("admin")
    assert "Which service does the money come through?" in page_of(admin, "/console/endpoints/create")
    page = page_of(admin, "/console/endpoints/create?provider=stripe")
    for told in ("http://tidemark.test/webhooks/stripe/main", "Signing secret", "charge.dispute.funds_withdrawn"):
        assert told in page


def test_the_sandbox_makes_its_own_secret(desk, cast):
    admin = cast.client("admin")
    answer = post(admin, "/console/endpoints/create?provider=sandbox", {"name": "play"})
    assert answer.location == "/console/endpoints/sandbox/play"
    assert "It lacks" not in page_of(admin, answer.location)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"secret": ""}, "Without its secret no message can be verified."),
        ({"secret": "short"}, "A secret has at least 16 characters"),
        ({"name": "Not A Name"}, "Use 1 to 64 of a-z, 0-9 and -"),
        ({"name": "main"}, "There is a stripe endpoint named main already."),
        ({"campaign": "nowhere"}, "Not a valid choice"),
    ],
)
def test_a_form_that_cannot_be_says_why_and_shows_no_secret(desk, cast, form, told):
    answer = create(cast.client("admin"), **form)
    page = answer.get_data(as_text=True)
    assert answer.status_code in (409, 422)
    assert told in page
    assert NEW_SECRET not in page
    with desk.database.reading() as session:
        assert len(log.endpoints(session)) == 1


def test_a_secret_is_rolled_without_a_gap(desk, cast):
    admin, url = cast.client("admin"), "/console/endpoints/stripe/main"
    (old,) = signing(desk)
    assert "Added." in page_of(admin, post(admin, f"{url}/add_secret", {"secret": f" {NEW_SECRET} "}).location)
    assert signing(desk) == [old, NEW_SECRET]
    assert "has this secret already" in page_of(
        admin, post(admin, f"{url}/add_secret", {"secret": NEW_SECRET}).location
    )
    with desk.database.reading() as session:
        first = endpoints.signing_secrets(endpoints.find(session, "stripe", "main"))[0].id
    assert "Removed." in page_of(admin, post(admin, f"{url}/remove_secret", {"secret_id": first}).location)
    assert signing(desk) == [NEW_SECRET]
    with desk.database.reading() as session:
        last = endpoints.signing_secrets(endpoints.find(session, "stripe", "main"))[0].id
        acts = [act.action for act in session.scalars(select(AuditEntry).filter_by(thing="endpoint"))]
    refused = post(admin, f"{url}/remove_secret", {"secret_id": last})
    assert "only secret" in page_of(admin, refused.location)
    assert signing(desk) == [NEW_SECRET]
    assert acts == ["add_secret", "remove_secret"]


@pytest.mark.parametrize("secret_id", ["", "x", "999"])
def test_a_secret_of_another_endpoint_or_of_none_is_not_removed(desk, cast, secret_id):
    desk.endpoint("other")
    admin = cast.client("admin")
    answer = post(admin, "/console/endpoints/stripe/main/remove_secret", {"secret_id": secret_id})
    assert "There is no such secret" in page_of(admin, answer.location)
    assert len(signing(desk)) == len(signing(desk, "other")) == 1


def test_no_secret_reaches_the_trail(desk, cast):
    admin = cast.client("admin")
    post(admin, "/console/endpoints/stripe/main/add_secret", {"secret": NEW_SECRET})
    create(admin, name="other")
    with desk.database.reading() as session:
        assert not any("whsec" in act.detail for act in session.scalars(select(AuditEntry)))


def test_the_default_campaign_holds_from_the_next_message_on(desk, cast):
    give(desk, "ch_1", campaign=None)
    admin, url = cast.client("admin"), "/console/endpoints/stripe/main"
    assert "Saved." in page_of(admin, post(admin, f"{url}/set_default", {"campaign": "newsroom"}).location)
    give(desk, "ch_2", campaign=None)
    assert desk.raised() == 2_500
    assert "There is no campaign" in page_of(admin, post(admin, f"{url}/set_default", {"campaign": "nowhere"}).location)
    post(admin, f"{url}/set_default", {"campaign": ""})
    give(desk, "ch_3", campaign=None)
    assert desk.raised() == 2_500


def test_an_endpoint_reached_by_the_other_mode_says_so(desk, cast, traveller):
    live = {**event("charge.succeeded", charge("ch_1", 5, created=CREATED), created=CREATED), "livemode": True}
    desk.send(live)
    traveller.shift(timedelta(minutes=1))
    for url in ("/console/endpoints", "/console/endpoints/stripe/main"):
        page = page_of(cast.client("viewer"), url)
        assert "A live message, or one of another account, reached it" in page
        assert "nothing else has come yet" in page


@pytest.mark.parametrize("who", ["viewer", "editor"])
def test_only_admins_touch_endpoints(desk, cast, who):
    client, url = cast.client(who), "/console/endpoints/stripe/main"
    page = page_of(client, url)
    assert "add_secret" not in page
    assert "set_default" not in page
    for verb in ("add_secret", "remove_secret", "set_default"):
        assert post(client, f"{url}/{verb}", {"secret": NEW_SECRET, "secret_id": "1"}).status_code == 403
    assert create(client).status_code == 403
    assert len(signing(desk)) == 1


# -- settings ----------------------------------------------------------------------------------------------------------


def settings_of(desk: Desk) -> dict[str, str]:
    with desk.database.reading() as session:
        endpoint = endpoints.find(session, "stripe", "main")
        return dict(endpoints.opened(endpoint, Sealer(desk.settings.secret_key), desk.settings.mode).settings)


def test_a_setting_is_set_changed_and_removed_and_it_is_written_down_without_its_value(desk, cast):
    admin, url = cast.client("admin"), "/console/endpoints/stripe/main"
    for value in ("rk_test_one", " rk_test_two "):
        assert "Saved." in page_of(
            admin, post(admin, f"{url}/set_setting", {"setting": "api_key", "value": value}).location
        )
    post(admin, f"{url}/set_setting", {"setting": "account", "value": "acct_1"})
    assert settings_of(desk) == {"api_key": "rk_test_two", "account": "acct_1"}
    page = page_of(admin, url)
    assert "rk_test" not in page
    assert "acct_1" in page
    assert "What it makes possible stops." in page  # asked before a secret is removed
    for name in ("api_key", "account"):
        assert "Removed." in page_of(admin, post(admin, f"{url}/remove_setting", {"setting": name}).location)
    assert settings_of(desk) == {}
    with desk.database.reading() as session:
        acts = session.scalars(select(AuditEntry).filter_by(thing="endpoint").order_by(AuditEntry.id)).all()
    assert [act.action for act in acts] == ["set_setting"] * 3 + ["remove_setting"] * 2
    assert not any("rk_test" in act.detail or "acct_1" in act.detail for act in acts)
    assert "Set setting: account" in page_of(admin, url)


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"setting": "colour", "value": "red"}, "Stripe takes no setting “colour”"),
        ({"setting": "signing", "value": "x" * 20}, "Stripe takes no setting “signing”"),
        ({"setting": "api_key", "value": " "}, "Api_key is empty"),
        ({"setting": "api_key", "value": "two words"}, "one line without blanks"),
        ({"setting": "api_key", "value": "x" * 5_000}, "one line without blanks"),
        ({"setting": "api_key", "value": "a\nb"}, "one line without blanks"),
        ({}, "Stripe takes no setting"),
    ],
)
def test_a_setting_that_cannot_be_says_why_and_changes_nothing(desk, cast, form, told):
    admin = cast.client("admin")
    answer = post(admin, "/console/endpoints/stripe/main/set_setting", form)
    assert told.lower() in page_of(admin, answer.location).lower()
    assert settings_of(desk) == {}


@pytest.mark.parametrize("name", ["signing", "api_key", "nothing", ""])
def test_what_is_not_set_cannot_be_removed_and_a_signing_secret_is_no_setting(desk, cast, name):
    admin = cast.client("admin")
    answer = post(admin, "/console/endpoints/stripe/main/remove_setting", {"setting": name})
    assert "The endpoint has no setting" in page_of(admin, answer.location)
    assert len(signing(desk)) == 1


@pytest.mark.parametrize("mode", ["live"])
def test_no_stand_in_is_offered_or_taken_where_money_is_real(desk, cast, mode):
    admin, url = cast.client("admin"), "/console/endpoints/stripe/main"
    assert "api_base" not in page_of(admin, url).split('id="settings"')[1]
    answer = post(admin, f"{url}/set_setting", {"setting": "api_base", "value": "http://127.0.0.1:1"})
    assert "not taken in mode live" in page_of(admin, answer.location)
    with desk.database.writing() as session:  # one that got there in another way can be taken away
        endpoints.find(session, "stripe", "main").settings = {"api_base": "http://127.0.0.1:1"}
    assert "Not used" in page_of(admin, url)
    assert "Removed." in page_of(admin, post(admin, f"{url}/remove_setting", {"setting": "api_base"}).location)


@pytest.mark.parametrize("who", ["viewer", "editor"])
def test_only_admins_change_settings(desk, cast, who):
    client, url = cast.client(who), "/console/endpoints/stripe/main"
    assert "set_setting" not in page_of(client, url)
    for verb in ("set_setting", "remove_setting"):
        assert post(client, f"{url}/{verb}", {"setting": "api_key", "value": "rk_test_x"}).status_code == 403
    assert settings_of(desk) == {}


def test_a_setting_that_its_provider_cannot_do_without_is_changed_and_not_removed(desk, cast, monkeypatch):
    from campaigns.providers import stripe
    from campaigns.providers.contract import Setting

    needed = tuple(Setting(one.name, one.label, required=one.name == "account") for one in stripe.SETTINGS)
    monkeypatch.setattr(stripe, "SETTINGS", needed)
    admin, url = cast.client("admin"), "/console/endpoints/stripe/main"
    post(admin, f"{url}/set_setting", {"setting": "account", "value": "acct_1"})
    answer = post(admin, f"{url}/remove_setting", {"setting": "account"})
    assert "Stripe cannot do without account" in page_of(admin, answer.location)
    assert settings_of(desk) == {"account": "acct_1"}


def test_there_are_only_so_many_secrets(desk, cast):
    admin, url = cast.client("admin"), "/console/endpoints/stripe/main"
    for number in range(endpoints.SECRETS_MAX):
        answer = post(admin, f"{url}/add_secret", {"secret": NEW_SECRET + str(number)})
    assert "It has 8 secrets already" in page_of(admin, answer.location)
    assert len(signing(desk)) == endpoints.SECRETS_MAX


def test_a_page_that_waits_for_the_first_message_says_when_it_has_come(desk, cast):
    viewer = cast.client("viewer")
    assert "Waiting for the first message" in page_of(viewer, "/console/endpoints/stripe/main")
    assert viewer.get("/console/endpoints/stripe/main/reached").get_json() == {"reached": False}
    give(desk, "ch_1", 700, campaign="newsroom")
    assert viewer.get("/console/endpoints/stripe/main/reached").get_json() == {"reached": True}
    page = page_of(viewer, "/console/endpoints/stripe/main")
    assert "Messages arrive" in page
    assert "1 message" in page


def test_a_test_message_that_nobody_answers_says_what_to_look_at(desk, cast, monkeypatch):
    def nobody(*_args: object, **_more: object) -> None:
        raise httpx2.ConnectError("refused")

    monkeypatch.setattr(httpx2, "post", nobody)
    admin = cast.client("admin")
    told = page_of(admin, post(admin, "/console/endpoints/stripe/main/rehearse", {}).location)
    assert "Nothing answered at http://tidemark.test/webhooks/stripe/main" in told
    assert "Waiting for the first message" in told
