"""What can go wrong in the domain, as classes by subject; `web/errors` maps them to HTTP in one place.

The message of each is written for the person who reads it: what is wrong, and how to mend it.
"""

from __future__ import annotations


class DomainError(Exception):
    """Root of everything the domain refuses. `status` is the HTTP status the edge answers with."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(DomainError):
    """The named thing does not exist, or not for this reader."""

    status = 404


class Forbidden(DomainError):
    """The person may not do this."""

    status = 403


class Conflict(DomainError):
    """The thing's present state does not allow the act."""

    status = 409


class Invalid(DomainError):
    """A given value is wrong. `field` names the form field or option, where there is one."""

    status = 422

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Unavailable(DomainError):
    """Something we need does not answer now; the same request may work later."""

    status = 503
