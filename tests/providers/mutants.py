"""Mutants of a genuine delivery of each provider: none may be accepted, and none may cause anything but a refusal.

    python -m tests.providers.mutants 1000000           # so many of every provider
    python -m tests.providers.mutants 10000000 paypal   # of one

Stripe's headers have a forger of their own beside this (`forging.py`), which knows their grammar. Where a message is
not signed at all (Ko-fi), what is changed is the password in it.
"""

from __future__ import annotations

import logging
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from campaigns.providers import shelf
from campaigns.providers.contract import CannotVerifyNow, Endpoint, NotAuthentic
from tests.fakes.paypal.server import FakePaypal
from tests.providers.samples import NOW, Sample, samples

_ALPHABET = "0123456789abcdefABCDEF+/=|,.:-_ \t\n\r\x00;\"'\u00e9\u0661\u2028\ud800\U0001f30a"
_BARE = re.compile(r"[ ,]")

Change = Callable[[random.Random, "Delivery"], None]


@dataclass
class Delivery:
    """What arrives."""

    headers: dict[str, str]
    body: bytes


def mutate(kind: str, sample: Sample, *, seed: int, count: int) -> Counter[str]:
    """How many mutants were refused, accepted, raised something else, or were none."""
    chance = random.Random(seed)
    if _outcome(kind, sample.endpoint, Delivery(dict(sample.headers), sample.body), sample) != "genuine":
        raise AssertionError(f"{kind}: the genuine delivery is refused, so that refusing its mutants shows nothing")
    changes = _CHANGES if sample.headers else (_password,)
    ended: Counter[str] = Counter()
    for _ in range(count):
        mutant = Delivery(dict(sample.headers), sample.body)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            chance.choice(changes)(chance, mutant)
        ended[_outcome(kind, sample.endpoint, mutant, sample)] += 1
    return ended


def _outcome(kind: str, endpoint: Endpoint, mutant: Delivery, sample: Sample) -> str:
    try:
        shelf()[kind].verify(endpoint, mutant.headers, mutant.body, NOW)
    except (NotAuthentic, CannotVerifyNow):
        return "refused"
    except Exception as error:  # noqa: BLE001  (which is what is looked for)
        return f"raised {type(error).__name__} for {mutant.headers!r:.300} {mutant.body!r:.300}"
    return "genuine" if _is_genuine(mutant, sample) else f"accepted {mutant.headers!r:.400} {mutant.body!r:.400}"


def _is_genuine(mutant: Delivery, sample: Sample) -> bool:
    """Whether all that was sent is there still: a further signature beside the right one does no harm."""
    if not sample.headers:
        return sample.endpoint.secrets[0].encode() in mutant.body
    return mutant.body == sample.body and all(
        set(_BARE.split(value)) <= set(_BARE.split(mutant.headers.get(name, "")))
        for name, value in sample.headers.items()
    )


def _header_character(chance: random.Random, mutant: Delivery) -> None:
    name = chance.choice(sorted(mutant.headers)) if mutant.headers else ""
    value = mutant.headers.get(name, "")
    place = chance.randrange(len(value) + 1)
    kept = place + chance.choice((0, 1, 1, 2))
    mutant.headers[name] = (
        value[:place] + "".join(chance.choices(_ALPHABET, k=chance.choice((0, 1, 1, 3)))) + value[kept:]
    )


def _header_case(chance: random.Random, mutant: Delivery) -> None:
    name = chance.choice(sorted(mutant.headers)) if mutant.headers else ""
    turned = chance.choice((str.upper, str.lower, str.swapcase, str.strip, lambda text: text + " ", lambda _: ""))
    mutant.headers[name] = turned(mutant.headers.get(name, ""))


def _header_gone(chance: random.Random, mutant: Delivery) -> None:
    if mutant.headers:
        mutant.headers.pop(chance.choice(sorted(mutant.headers)))


def _headers_mixed(chance: random.Random, mutant: Delivery) -> None:
    names = sorted(mutant.headers)
    if len(names) > 1:
        one, other = chance.sample(names, 2)
        mutant.headers[one], mutant.headers[other] = mutant.headers[other], mutant.headers[one]
    else:
        _header_case(chance, mutant)


def _body_bytes(chance: random.Random, mutant: Delivery) -> None:
    place = chance.randrange(len(mutant.body) + 1)
    rest = mutant.body[place + chance.choice((0, 1, 1, 2)) :]
    mutant.body = mutant.body[:place] + chance.randbytes(chance.choice((0, 1, 1, 4))) + rest


def _body_bit(chance: random.Random, mutant: Delivery) -> None:
    if mutant.body:
        changed = bytearray(mutant.body)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        mutant.body = bytes(changed)


def _body_form(chance: random.Random, mutant: Delivery) -> None:
    """The same to a careless reader: other white space, another amount, a byte order mark, an end cut off."""
    body = mutant.body
    mutant.body = chance.choice((
        lambda: re.sub(rb"\d", str(chance.randrange(10)).encode(), body, count=1),
        lambda: body + chance.choice((b" ", b"\n", b"\x00", b"{}", body)),
        lambda: b"\xef\xbb\xbf" + body,
        lambda: body.replace(b",", b", "),
        lambda: body[: chance.randrange(len(body) + 1)],
        lambda: b"",
    ))()  # fmt: skip


def _password(chance: random.Random, mutant: Delivery) -> None:
    """Ko-fi's token stands in the body, and is all that shows who sent it."""
    found = re.search(rb"[0-9a-f]{8}-[0-9a-f-]{27}", mutant.body)
    if found is None:
        _body_bytes(chance, mutant)
        return
    place = chance.randrange(*found.span())
    new = chance.choice((b"", b"0", b"f", b"%22", b"%00", b"A"))
    mutant.body = mutant.body[:place] + new + mutant.body[place + 1 :]


_CHANGES: tuple[Change, ...] = (
    _header_character,
    _header_character,
    _header_case,
    _header_gone,
    _headers_mixed,
    _body_bytes,
    _body_bit,
    _body_form,
)


def main(count: int, *kinds: str) -> int:
    """Prints what came of it; 1 if any mutant was more than refused."""
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    faulty = False
    with FakePaypal() as paypal, tempfile.TemporaryDirectory() as folder:
        for kind, sample in samples(paypal, Path(folder)).items():
            if kinds and kind not in kinds:
                continue
            ended = mutate(kind, sample, seed=random.SystemRandom().randrange(10**6), count=count)
            faults = {name: number for name, number in ended.items() if name not in ("refused", "genuine")}
            told = f"{count} deliveries: {ended['refused']} refused, {ended['genuine']} unchanged where it matters"
            sys.stdout.write(f"{kind:14}{told}\n")
            sys.stdout.writelines(f"FAULT {number}x {name}\n" for name, number in list(faults.items())[:20])
            faulty = faulty or bool(faults)
    return 1 if faulty else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, *sys.argv[2:]))
