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
    "endpoints.index": "viewer",
    "endpoints.show": "viewer",
    "endpoints.create": "admin",
    "endpoints.add_secret": "admin",
    "endpoints.remove_secret": "admin",
    "endpoints.set_default": "admin",
    "endpoints.set_setting": "admin",
    "endpoints.remove_setting": "admin",
    "inbox.index": "viewer",
    "inbox.event": "viewer",
    "inbox.replay": "editor",
    "inbox.confirm": "editor",
    "inbox.replay_all": "editor",
    "look_ups.show": "viewer",
    "look_ups.answer": "viewer",
    "look_ups.ask": "editor",
    "look_ups.let_be": "editor",
    "donations.index": "viewer",
    "donations.money": "viewer",
    "donations.show": "viewer",
    "donations.assign": "editor",
    "unassigned.index": "viewer",
    "unassigned.assign": "editor",
    "attention.index": "viewer",
    "attention.resolve": "editor",
}

# What stands in for the variable parts of an address; unknown ones are tried as 1.
SAMPLES = {"slug": "newsroom", "name": "main", "provider": "stripe"}
