"""Breaking off at the n-th step: what a kill, a lock time-out or an unforeseen error leaves behind between any two."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

Manner = Literal["kill", "broken off", "fault"]
MANNERS: tuple[Manner, ...] = ("kill", "broken off", "fault")


class Killed(BaseException):
    """The process ends here: nothing of ours may catch it, and an open transaction is gone."""


class Saboteur:
    """Counts every statement and commit on an engine, and strikes at the one it was told to."""

    def __init__(self, engine: Engine) -> None:
        self._countdown = 0
        self._manner: Manner = "kill"
        self.struck = False
        event.listen(engine, "before_execute", self._on_statement)
        # Not at the cursor, and commits not at the engine: interrupted there, an engine gives up its connection, and
        # with it a database in memory.
        event.listen(Session, "before_commit", self._on_commit)
        event.listen(Session, "after_commit", self._on_commit)
        self._engine = engine

    @contextmanager
    def armed(self, manner: Manner, step: int) -> Iterator[None]:
        """Strikes at the `step`-th statement or commit inside the block, once; if there is one."""
        self._manner, self._countdown, self.struck = manner, step, False
        try:
            yield
        finally:
            self._countdown = 0

    def leave(self) -> None:
        """Stops listening."""
        event.remove(self._engine, "before_execute", self._on_statement)
        event.remove(Session, "before_commit", self._on_commit)
        event.remove(Session, "after_commit", self._on_commit)

    def _on_statement(self, *_: Any) -> None:
        self._step()

    def _on_commit(self, _session: Session) -> None:
        self._step()

    def _step(self) -> None:
        if not self._countdown:
            return
        self._countdown -= 1
        if self._countdown:
            return
        self.struck = True
        if self._manner == "kill":
            raise Killed
        if self._manner == "broken off":
            raise OperationalError("made up", {}, Exception("the database broke it off"))
        raise RuntimeError("something nobody foresaw")
