"""The console's pages about money: one file for each noun."""

from __future__ import annotations

from campaigns.ledger.views.attention import attention
from campaigns.ledger.views.donations import donations
from campaigns.ledger.views.rules import rules
from campaigns.ledger.views.unassigned import unassigned

blueprints = (donations, unassigned, rules, attention)
