"""The same histories on the databases that are really used: a file, and PostgreSQL."""

from __future__ import annotations

import logging
import random
from datetime import UTC, datetime

from tests.model.chance import some_steps
from tests.model.installation import OPENED_AT, Installation
from tests.model.play import Play
from tests.model.sabotage import Saboteur

SEED = 20


def test_a_random_history_ends_where_the_oracle_says_on_a_real_database(database, settings):
    logging.disable(logging.CRITICAL)  # of the crashes that are made up here
    saboteur = Saboteur(database.engine)
    try:
        installation = Installation(database, settings)
        installation.furnish(datetime.fromtimestamp(OPENED_AT, UTC), asks=True)
        made = Play(installation, saboteur, seed=SEED, asks=True)
        for step in some_steps(made, random.Random(SEED), 24):
            made.step(step)
    finally:
        saboteur.leave()
        logging.disable(logging.NOTSET)
    assert made.checks > 0
    assert made.deliveries > 20
