"""Hypothesis looks for a history that ends wrongly, and shortens what it finds."""

from __future__ import annotations

import logging
import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.model.chance import DEEDS, DELIVERIES
from tests.model.search import stage

PICKS = st.integers(0, 63)
MORES = st.integers(0, (1 << 48) - 1)
IN_CI = "CI" in os.environ


class Model(RuleBasedStateMachine):
    """Stripe and Tidemark side by side; the oracle judges at every quiet point, and at the end."""

    @initialize(seed=st.integers(0, 3), abroad=st.booleans(), default=st.sampled_from([None, 0, 1]))
    def begin(self, seed: int, abroad: bool, default: int | None) -> None:
        logging.disable(logging.CRITICAL)  # of the crashes that are made up here
        self.play = stage().play(seed)
        self.play.step(("settle_abroad", int(abroad), 0))
        if default is not None:
            self.play.step(("default", default, 0))

    @rule(verb=st.sampled_from(sorted(DEEDS)), n=PICKS, more=MORES)
    def deed(self, verb: str, n: int, more: int) -> None:
        self.play.step((verb, n, more))

    @rule(verb=st.sampled_from(["open", "pay"]), more=MORES)
    def gift(self, verb: str, more: int) -> None:
        self.play.step((verb, 0, more))

    @precondition(lambda self: bool(self.play.backlog))
    @rule(n=PICKS, more=MORES)
    def deliver(self, n: int, more: int) -> None:
        self.play.step(("deliver", n, more))

    @rule(verb=st.sampled_from(sorted(DELIVERIES)), n=PICKS, more=MORES)
    def delivery(self, verb: str, n: int, more: int) -> None:
        self.play.step((verb, n, more))

    @rule()
    def quiet(self) -> None:
        self.play.quiet()

    def teardown(self) -> None:
        try:
            if hasattr(self, "play"):
                self.play.quiet()
        finally:
            logging.disable(logging.NOTSET)


TestModel = Model.TestCase
TestModel.settings = settings(
    max_examples=60 if IN_CI else 12,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
