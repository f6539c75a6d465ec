"""The ways to give that we make ourselves: a checkout on each account that can open one, and a bank transfer.

A provider file offers its checkout by having one (`providers/checkout`); nothing here names a provider but the
sandbox, which takes gifts wherever it exists, so that a trial needs no setting up. Links are no matter of this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from campaigns.campaign.models import Campaign, WayToGive
from campaigns.crypto import Sealer
from campaigns.inbox import endpoints
from campaigns.inbox.models import WebhookEndpoint
from campaigns.language import N_
from campaigns.providers import shelf
from campaigns.providers.checkout import Fees, OpensCheckout, opens_checkout
from campaigns.providers.contract import Endpoint
from campaigns.settings import Settings

BANK = "bank"
OFFLINE = "offline"  # the provider of gifts that no payment service tells of
SANDBOX = "sandbox"
SANDBOX_ENDPOINT = "sandbox"
BANK_TITLE = N_("Bank transfer")


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account that takes gifts."""

    holder: str
    iban: str
    bic: str


@dataclass(frozen=True, slots=True)
class Way:
    """One way: `key` is what the form posts as `method`, `title` a sentence of the source or a name staff gave.

    `minimum_minor` in ISO minor units of the campaign's currency. `fees` are None where nobody knows them.
    """

    key: str
    title: str
    kind: Literal["checkout", "bank"]
    provider: str
    frequencies: tuple[str, ...]
    minimum_minor: int
    fees: Fees | None = None
    endpoint_id: int | None = None
    endpoint: Endpoint | None = None
    account: Account | None = None

    @property
    def origins(self) -> tuple[str, ...]:
        """Where its checkouts are, beside our own pages."""
        return self.opener.checkout_origins(self.endpoint) if self.kind == "checkout" and self.endpoint else ()

    @property
    def opener(self) -> OpensCheckout:
        """The provider's module, of a way that is a checkout."""
        return _opener(self.provider)


def offered(session: Session, campaign: Campaign, settings: Settings) -> list[Way]:
    """Every way of ours that is open to the campaign's readers, in the order in which it is shown."""
    decided = decisions(session, campaign)
    chosen = {row.endpoint_id for row in decided if row.kind == "checkout"}
    able = able_endpoints(session, campaign, settings)
    on = [one for one in able if not chosen or one.id in chosen]
    found = [_checkout(one, campaign, settings, alone=_alone(one, on)) for one in on if one.provider != SANDBOX]
    found += [_bank(row) for row in decided if row.kind == "bank"]
    if settings.mode != "live":
        found.append(_sandbox(session, campaign, settings))
    return found


def decisions(session: Session, campaign: Campaign) -> list[WayToGive]:
    """What staff decided about our own ways; no row of kind `checkout`: every able account is offered."""
    wanted = select(WayToGive).where(WayToGive.campaign_id == campaign.id, WayToGive.kind != "link")
    return list(session.scalars(wanted.order_by(WayToGive.position, WayToGive.id)))


def able_endpoints(session: Session, campaign: Campaign, settings: Settings) -> list[WebhookEndpoint]:
    """The accounts that could open a checkout for the campaign: they have a key and are no other campaign's own."""
    kinds = [kind for kind, provider in shelf().items() if opens_checkout(provider)]
    wanted = select(WebhookEndpoint).where(WebhookEndpoint.provider.in_(kinds), WebhookEndpoint.provider != SANDBOX)
    rows = session.scalars(wanted.options(selectinload(WebhookEndpoint.secrets)).order_by(WebhookEndpoint.id))
    theirs = [one for one in rows if one.campaign_id in (None, campaign.id)]
    return [one for one in theirs if _is_able(one, campaign.currency, settings)]


def _is_able(endpoint: WebhookEndpoint, currency: str, settings: Settings) -> bool:
    provider = shelf().get(endpoint.provider)
    opener = opens_checkout(provider)
    if provider is None or opener is None or settings.mode not in provider.MODES or not opener.takes(currency):
        return False
    opened = endpoints.opened(endpoint, Sealer(settings.secret_key), settings.mode)
    return provider.lacks(opened) is None and opener.checkout_lacks(opened) is None


def _alone(endpoint: WebhookEndpoint, others: list[WebhookEndpoint]) -> bool:
    return sum(one.provider == endpoint.provider for one in others) == 1


def _checkout(endpoint: WebhookEndpoint, campaign: Campaign, settings: Settings, *, alone: bool) -> Way:
    opener = _opener(endpoint.provider)
    opened = endpoints.opened(endpoint, Sealer(settings.secret_key), settings.mode)
    return Way(
        key=endpoint.provider if alone else f"{endpoint.provider}:{endpoint.name}",
        title=opener.WAY_TITLE,
        kind="checkout",
        provider=endpoint.provider,
        frequencies=opener.frequencies(opened),
        minimum_minor=opener.minimum_minor(campaign.currency),
        fees=opener.fees(opened, campaign.currency),
        endpoint_id=endpoint.id,
        endpoint=opened,
    )


def _sandbox(session: Session, campaign: Campaign, settings: Settings) -> Way:
    """Its endpoint is made by itself with the first gift, and may not be there yet."""
    named = select(WebhookEndpoint).filter_by(provider=SANDBOX, name=SANDBOX_ENDPOINT)
    found = session.scalars(named.options(selectinload(WebhookEndpoint.secrets))).one_or_none()
    opened = endpoints.opened(found, Sealer(settings.secret_key), settings.mode) if found else None
    blank = opened or Endpoint(SANDBOX_ENDPOINT, settings.mode, (), {})
    opener = _opener(SANDBOX)
    return Way(
        key=SANDBOX,
        title=opener.WAY_TITLE,
        kind="checkout",
        provider=SANDBOX,
        frequencies=opener.frequencies(blank),
        minimum_minor=opener.minimum_minor(campaign.currency),
        fees=opener.fees(blank, campaign.currency),
        endpoint_id=found.id if found else None,
        endpoint=opened,
    )


def _opener(provider: str) -> OpensCheckout:
    found = opens_checkout(shelf().get(provider))
    if found is None:
        raise LookupError(f"{provider} opens no checkout")
    return found


def _bank(row: WayToGive) -> Way:
    kept = row.account or {}
    account = Account(kept.get("holder", ""), kept.get("iban", ""), kept.get("bic", ""))
    return Way(BANK, row.label or BANK_TITLE, "bank", OFFLINE, ("once",), 1, account=account)
