"""Whom a limit counts as one: an address block of the internet, as the proxies that are believed tell it."""

from __future__ import annotations

import socket

import fakeredis
import pytest
from limits import RateLimitItemPerMinute

from campaigns.app import create_app
from campaigns.web.limits import address_block, block_of


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("93.184.216.34", "93.184.216.0/24"),
        ("93.184.216.255", "93.184.216.0/24"),
        ("2a00:1450:4001:81b::200e", "2a00:1450:4001:800::/56"),
        ("2a00:1450:4001:8ff:ffff::1", "2a00:1450:4001:800::/56"),
        ("2a00:1450:4001:900::1", "2a00:1450:4001:900::/56"),
        ("::ffff:93.184.216.34", "93.184.216.0/24"),
    ],
)
def test_addresses_of_one_block_count_as_one(address, block):
    assert block_of(address) == block


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.9", "172.16.0.1", "169.254.1.1", "::1", "fe80::1%eth0", "fc00::1", "unix:", "",
     "::ffff:127.0.0.1", "nonsense", "1.2.3", "0.0.0.0"],
)  # fmt: skip
def test_an_address_that_is_nobodys_on_the_internet_is_no_block(address):
    assert block_of(address) is None


@pytest.mark.parametrize(
    ("trusted", "told", "block"),
    [
        (0, "93.184.216.34", None),  # nobody is believed, and the test's own address is the loopback's
        (1, "93.184.216.34", "93.184.216.0/24"),
        (1, "6.6.6.6, 93.184.216.34", "93.184.216.0/24"),  # the first is what the sender wrote
        (2, "6.6.6.6, 93.184.216.34, 8.8.8.8", "93.184.216.0/24"),
        (2, "93.184.216.34", None),  # fewer than there should be: the sender came past a proxy
    ],
)
def test_only_the_trusted_proxies_tell_an_address(settings, database, trusted, told, block):
    app = create_app(settings.model_copy(update={"trusted_proxies": trusted}), database)
    app.add_url_rule("/whence", view_func=lambda: str(address_block()))
    assert app.test_client().get("/whence", headers={"X-Forwarded-For": told}).text == str(block)


@pytest.fixture
def redis(monkeypatch) -> str:
    """The address of a Redis that all who ask for it share."""
    server = fakeredis.FakeServer(server_type="redis")

    def client(_url: str, **options: object) -> fakeredis.FakeRedis:
        assert options.keys() >= {"socket_timeout", "socket_connect_timeout"}  # a reader waits for it
        return fakeredis.FakeRedis(server=server)

    monkeypatch.setattr("redis.from_url", client)
    return "redis://redis.test:6379/0"


RULE = RateLimitItemPerMinute(3, 1, "of these tests")


def test_with_redis_two_processes_count_together(settings, database, redis):
    shared = settings.model_copy(update={"redis_url": redis})
    one = create_app(shared, database).extensions["tidemark-counters"]
    assert [one.hit(RULE, "x") for _ in range(2)] == [True, True]
    another = create_app(shared, database).extensions["tidemark-counters"]
    assert another.used(RULE, "x") == 2
    assert [another.hit(RULE, "x") for _ in range(2)] == [True, False]
    assert another.used(RULE, "y") == 0
    assert 50 < another.free_in(RULE, "x") <= 60


def test_without_redis_each_process_counts_for_itself(settings, database):
    for _ in range(2):
        counters = create_app(settings, database).extensions["tidemark-counters"]
        assert [counters.hit(RULE, "x") for _ in range(4)] == [True, True, True, False]


def test_where_redis_is_away_nobody_is_refused_for_it_and_this_process_counts(settings, database, caplog):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    away = settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{port}/0"})
    counters = create_app(away, database).extensions["tidemark-counters"]
    assert [counters.hit(RULE, "x") for _ in range(4)] == [True, True, True, False]
    assert counters.used(RULE, "x") == 3
    assert 50 < counters.free_in(RULE, "x") <= 60
    assert len([one for one in caplog.records if "Redis does not answer" in one.getMessage()]) == 1
