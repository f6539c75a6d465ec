"""`python -m tests.fakes.stripe`: a pretend Stripe on this machine, to try things out with.

Point an endpoint's "API address" at it, give it the key sk_test_fake, and register your webhook with --webhook.
"""

from __future__ import annotations

import argparse
import secrets
import signal
import sys
import threading

from tests.fakes.stripe.api import KNOWN_VERSIONS, SECRET_KEY
from tests.fakes.stripe.server import FakeStripe


def main() -> None:
    """Serves until it is interrupted."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.stripe", description=__doc__)
    parser.add_argument("--port", type=int, default=8420, help="loopback port (8420)")
    parser.add_argument("--webhook", metavar="URL", help="where events are sent")
    parser.add_argument("--secret", help="the webhook's signing secret (whsec_…)")
    parser.add_argument(
        "--version", choices=sorted(KNOWN_VERSIONS), help="API version of the events; the newest if not given"
    )
    parser.add_argument("--seed", type=int, help="of all ids and of misbehaviour; without it no id comes twice")
    asked = parser.parse_args()
    seed = secrets.randbits(64) if asked.seed is None else asked.seed
    if bool(asked.webhook) != bool(asked.secret):
        parser.error("--webhook and --secret go together")
    try:
        fake = FakeStripe(port=asked.port, ticking=True, background=True, seed=seed, quiet=False).start()
    except OSError as error:
        parser.exit(1, f"cannot listen on port {asked.port}: {error}\n")
    if asked.webhook:
        fake.webhook(asked.webhook, asked.secret, version=asked.version)
    sys.stdout.write(f"Pretend Stripe: {fake.url} (API address and control page), key {SECRET_KEY}. Ctrl+C ends it.\n")
    sys.stdout.flush()
    _wait()
    fake.stop()


def _wait() -> None:
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    over.wait()


if __name__ == "__main__":
    main()
