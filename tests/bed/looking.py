"""Looking at the console as one of the cast does."""

from __future__ import annotations

from flask.testing import FlaskClient


def page_of(client: FlaskClient, url: str) -> str:
    """The page at `url`, which has to answer 200."""
    answer = client.get(url)
    assert answer.status_code == 200, f"{url} answered {answer.status_code}"
    return answer.get_data(as_text=True)
