"""Mutants of a genuine Stripe delivery: none may be accepted, and none may cause anything but a refusal.

    python -m tests.providers.forging 1000000        # some 25,000 a second on one core

Each mutant changes the header, the body, or the time of arrival. Where a change happens to leave header and body as
they were it is no mutant, and is counted apart.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from stripe import WebhookSignature

from campaigns.providers import stripe
from campaigns.providers.contract import Endpoint, NotAuthentic

SECRET = "whsec_" + "k" * 32
SIGNED_AT = 1_795_374_000
BODY = (
    b'{"id":"evt_1","object":"event","type":"charge.succeeded","created":1795374000,"livemode":true,'
    b'"api_version":"2026-10-28.endive","data":{"object":{"id":"ch_1","object":"charge","amount":2500}}}'
)
HEADER = WebhookSignature.generate_signature_header(BODY.decode(), SECRET, SIGNED_AT)
ENDPOINT = Endpoint("main", "live", ("whsec_" + "o" * 32, SECRET), {})

_ALPHABET = "0123456789abcdefABCDEFtv=,.+-_ \t\n\r\x00;:\"'\u00e9\u0661\u2028\ud800\U0001f30a"
_SCHEMES = ("v0", "v1", "v2", "V1", "v01", "v1 ", "v", "vv1", "v\u0661", "v1=", "t", "")

Delivery = tuple[str | None, bytes]
Change = Callable[[random.Random, str, bytes], Delivery]


def attempt(header: str | None, body: bytes, arrived: datetime) -> bool:
    """Whether the delivery is accepted. What it raises beside a refusal is for the caller to see."""
    headers = {} if header is None else {"stripe-signature": header}
    try:
        stripe.verify(ENDPOINT, headers, body, arrived)
    except NotAuthentic:
        return False
    return True


def forge(seed: int, count: int) -> Counter[str]:
    """How many mutants were refused, accepted, raised something else, or were none."""
    chance = random.Random(seed)
    now = datetime.fromtimestamp(SIGNED_AT, UTC)
    if not attempt(HEADER, BODY, now):
        raise AssertionError("the genuine delivery is refused, so that refusing its mutants shows nothing")
    ended: Counter[str] = Counter()
    for _ in range(count):
        header, body, arrived = HEADER, BODY, now
        if chance.random() < 0.05:
            arrived += chance.choice((1, -1)) * timedelta(seconds=301 + chance.expovariate(0.0001))
        mutant: Delivery = header, body
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            mutant = chance.choice(_CHANGES)(chance, mutant[0] or "", mutant[1])
        ended[_outcome(*mutant, arrived, late=arrived != now)] += 1
    return ended


def _outcome(header: str | None, body: bytes, arrived: datetime, *, late: bool) -> str:
    try:
        accepted = attempt(header, body, arrived)
    except Exception as error:  # noqa: BLE001  (which is what is looked for)
        return f"raised {type(error).__name__} for {header!r:.200} {body!r:.200}"
    if not accepted:
        return "refused"
    if not late and body == BODY and _genuine(header or ""):
        return "genuine"
    return f"accepted {header!r:.400} {body!r:.400}"


def _genuine(header: str) -> bool:
    """Whether it still is the signed time once, beside the right signature: further signatures do no harm."""
    first, *rest = header.split(",")
    signed, right = HEADER.split(",")
    return first == signed and right in rest and not any(item.startswith("t") for item in rest)


def _header_character(chance: random.Random, header: str, body: bytes) -> Delivery:
    place = chance.randrange(len(header) + 1)
    kept = place + chance.choice((0, 1, 1, 2))
    return header[:place] + "".join(chance.choices(_ALPHABET, k=chance.choice((0, 1, 1, 3)))) + header[kept:], body


def _header_bit(chance: random.Random, header: str, body: bytes) -> Delivery:
    place = chance.randrange(len(header)) if header else 0
    return header[:place] + chr(ord(header[place]) ^ 1 << chance.randrange(9)) + header[
        place + 1 :
    ] if header else "", body


def _items(chance: random.Random, header: str, body: bytes) -> Delivery:
    """Its comma-separated items doubled, dropped, mixed."""
    items = header.split(",")
    for _ in range(chance.randrange(1, 4)):
        what = chance.choice(("double", "drop", "mix", "forge"))
        if what == "double":
            items.insert(chance.randrange(len(items) + 1), chance.choice(items or [""]))
        elif what == "drop" and items:
            items.pop(chance.randrange(len(items)))
        elif what == "mix":
            chance.shuffle(items)
        else:
            items.append(f"{chance.choice(_SCHEMES)}={chance.getrandbits(256):064x}")
    return chance.choice((",", ",", ",", ", ", ";", "\n")).join(items), body


def _time(chance: random.Random, header: str, body: bytes) -> Delivery:
    """Another time before the same signature."""
    moved = SIGNED_AT + chance.choice((-1, 1)) * chance.choice((1, 5, 299, 300, 86_400, 10**8))
    written = chance.choice(
        (str(moved), f"+{SIGNED_AT}", f"0{SIGNED_AT}", f"{SIGNED_AT}.0", f"{SIGNED_AT:_}", "", "nan")
    )
    return header.replace(str(SIGNED_AT), written, 1), body


def _resigned(chance: random.Random, _header: str, body: bytes) -> Delivery:
    """Signed well, but with a secret that is not this endpoint's, or nearly is."""
    secrets = (SECRET[6:], SECRET + " ", SECRET[:-1], SECRET.upper(), "whsec_", "", "x" * 40)
    text = body.decode("utf-8", "replace")
    return WebhookSignature.generate_signature_header(text, chance.choice(secrets), SIGNED_AT), body


def _absent(chance: random.Random, _header: str, body: bytes) -> Delivery:
    return chance.choice((None, "", " ", "t", "=", ",", "t=,v1=", "v1", "\x00", "t=1", "9" * 10_000)), body


def _body_bytes(chance: random.Random, header: str, body: bytes) -> Delivery:
    place = chance.randrange(len(body) + 1)
    return header, body[:place] + chance.randbytes(chance.choice((0, 1, 1, 4))) + body[
        place + chance.choice((0, 1, 1, 2)) :
    ]


def _body_form(chance: random.Random, header: str, body: bytes) -> Delivery:
    """The same to a careless reader: other white space, another amount, a byte order mark, an end cut off."""
    change = chance.choice(
        (
            lambda: body.replace(b"2500", str(chance.randrange(10**6)).encode()),
            lambda: body + chance.choice((b" ", b"\n", b"\x00", b"{}", body)),
            lambda: b"\xef\xbb\xbf" + body,
            lambda: body.replace(b",", b", "),
            lambda: body.replace(b"\n", b"\r\n") + b"\r\n",
            lambda: body[: chance.randrange(len(body) + 1)],
            lambda: b"",
        )
    )
    return header, change()


_CHANGES: tuple[Change, ...] = (
    _header_character,
    _header_bit,
    _items,
    _time,
    _resigned,
    _absent,
    _body_bytes,
    _body_form,
)


def main(count: int) -> int:
    """Prints what came of it; 1 if any mutant was more than refused."""
    ended = forge(random.SystemRandom().randrange(10**6), count)
    faults = {name: number for name, number in ended.items() if name not in ("refused", "genuine")}
    sys.stdout.write(f"{count} deliveries: {ended['refused']} refused, {ended['genuine']} unchanged where it matters\n")
    sys.stdout.writelines(f"FAULT {number}x {name}\n" for name, number in faults.items())
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
