"""For any WSGI server: `wsgi:app`. Refuses to load on an unmigrated database or wrong settings, saying why."""

from __future__ import annotations

from campaigns.serving import application

app = application()
