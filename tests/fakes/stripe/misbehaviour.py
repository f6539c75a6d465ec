"""What can go wrong on the way to and from Stripe, switched on by a test or a curious user."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass
class Misbehaviour:
    """Probabilities are from 0 to 1; what counts requests is used up by them."""

    # deliveries
    duplicate: float = 0.0
    reorder: bool = False
    delay_seconds: float = 0.0  # each delivery waits up to this long
    drop: float = 0.0  # never sent, though Stripe lists the event
    twin: float = 0.0  # a second Event, with another id, for the same change
    thin: float = 0.0  # only a notification, without the object
    versions: tuple[str, ...] = ()  # each delivery has the shape of one of these

    # the API
    slow_seconds: float = 0.0
    too_many_requests: int = 0  # 429 for so many requests
    retry_after_seconds: int = 1
    server_errors: int = 0  # 500 for so many requests, before anything is done
    server_errors_after: int = 0  # 500 for so many requests, though what was asked is done
    cut: int = 0  # the connection closes without an answer, though what was asked is done
    cut_halfway: int = 0  # the same, in the middle of the answer
    only_path: str = ""  # the API's part is for paths that begin so

    def set(self, **wanted: Any) -> None:
        """Switches on what is named and leaves the rest. Raises TypeError for a name that there is not."""
        known = {one.name: one for one in fields(self)}
        for name, value in wanted.items():
            if name not in known:
                raise TypeError(f"there is no misbehaviour {name!r}; there are {', '.join(sorted(known))}")
            setattr(self, name, tuple(value) if name == "versions" else value)

    def reset(self) -> None:
        """Behaves again."""
        self.__init__()  # type: ignore[misc]

    def takes(self, name: str, path: str) -> bool:
        """Whether one of the counted misbehaviours strikes this request; it is then used up."""
        left: int = getattr(self, name)
        if left <= 0 or not path.startswith(self.only_path):
            return False
        setattr(self, name, left - 1)
        return True
