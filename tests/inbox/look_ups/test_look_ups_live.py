"""The whole installation beside a Stripe that loses messages: what was never delivered is found and counted."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time

from tests.bed.live import CHECKOUT, LiveServer
from tests.fakes.stripe.server import FakeStripe

SECRET = "whsec_" + "s" * 32
SECONDS_MAX = 45


def test_what_is_lost_on_the_way_is_asked_for_by_the_worker_beside_the_server(live_server):
    with FakeStripe(seed=3) as fake:
        _tidemark(live_server, "campaign", "create", "--slug", "newsroom", "--title", "Newsroom", "--currency", "USD",
                  "--goal", "5000", "--publish")  # fmt: skip
        url = _tidemark(live_server, "endpoint", "create", "--provider", "stripe", "--name", "main", "--secret", SECRET,
                        "--setting", "api_key=rk_test_reader", "--setting", f"api_base={fake.url}").strip()  # fmt: skip
        # Of all that happens only this much is delivered: no charge, and of two refunds the second.
        fake.webhook(url, SECRET, events=("refund.created", "checkout.session.completed"))
        session_id = fake.world.create_session(amount=20_000, campaign="newsroom", label="session")
        charge_id = fake.world.complete_session(session_id)
        assert charge_id is not None
        fake.world.refund(charge_id, 1_000)
        fake.misbehave(drop=1.0)
        fake.deliver()
        fake.behave()
        fake.world.refund(charge_id, 500)
        assert [attempt.status for attempt in fake.deliver()] == [200]
        assert _raised(live_server, until=18_500) == 18_500
    assert _tidemark(live_server, "inbox", "list", "--status", "waiting", "--json").strip() == "[]"
    _tidemark(live_server, "ledger", "check")  # exits 1 where anything drifts


def _raised(server: LiveServer, *, until: int) -> int:
    end = time.monotonic() + SECONDS_MAX
    raised = -1
    while raised != until and time.monotonic() < end:
        threading.Event().wait(0.5)
        raised = json.loads(server.get("/api/v1/campaigns/newsroom").body)["raised"]["amount"]
    return raised


def _tidemark(server: LiveServer, *arguments: str) -> str:
    command = [sys.executable, "-m", "campaigns", *arguments]
    done = subprocess.run(command, cwd=CHECKOUT, env=server.environment, capture_output=True, text=True, check=True)
    return done.stdout
