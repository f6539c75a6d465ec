"""Who may use which page of the console: the least role, or `anyone`. A page that is missing here fails a test."""

from __future__ import annotations

WHO_MAY = {
    "console.home": "viewer",
    "console.login_page": "anyone",
    "console.login": "anyone",
    "console.logout": "viewer",
    "campaigns.index": "viewer",
    "campaigns.show": "viewer",
    "campaigns.create": "editor",
    "campaigns.edit": "editor",
    "campaigns.preview": "editor",
    "campaigns.publish": "editor",
    "campaigns.pause": "editor",
    "campaigns.resume": "editor",
    "campaigns.end": "editor",
    "campaigns.archive": "editor",
}

# What stands in for the variable parts of an address; unknown ones are tried as 1.
SAMPLES = {"slug": "newsroom", "name": "main", "provider": "stripe"}
