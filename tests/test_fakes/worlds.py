"""Worlds in which a bit of everything has happened."""

from __future__ import annotations

from tests.fakes.stripe.world import World


def lived_in(seed: int = 3, **options: object) -> World:
    """A world with every deed there is in it, so that every shape and every event is."""
    world = World(seed=seed)
    for name, value in options.items():
        setattr(world, name, value)
    _one_off(world)
    _delayed(world)
    _held(world)
    _disputed(world)
    _monthly(world)
    return world


def _one_off(world: World) -> None:
    charge = world.complete_session(world.create_session(amount=2500, campaign="roof", presentment=(2300, "eur"))) or ""
    world.set_balance_transaction(charge)
    world.label(charge, "cellar")
    world.fail_refund(world.refund(charge, 500))
    world.settle_refund(world.refund(charge, 300, status="pending"))
    world.cancel_refund(world.refund(charge, 200, status="requires_action"))
    world.fail_refund(world.refund(charge, 100, status="pending"))
    world.expire_session(world.create_session(amount=100))
    tried = world.create_session(amount=700)
    world.decline_session(tried)
    world.complete_session(tried)


def _delayed(world: World) -> None:
    came = world.complete_session(world.create_session(amount=4000, method="debit")) or ""
    world.settle(came)
    world.set_balance_transaction(came)
    world.refund(came, 100, status="pending")
    world.bounce(came)
    world.fail(world.complete_session(world.create_session(amount=4100, method="debit")) or "")
    world.settle(world.pay(amount=900, method="debit"))


def _held(world: World) -> None:
    world.capture(world.complete_session(world.create_session(amount=5000, capture="manual")) or "", 3000)
    world.release(world.pay(amount=5100, capture="manual"))


def _disputed(world: World) -> None:
    for end in (world.win, world.lose, world.reinstate, world.answer_dispute):
        end(world.dispute(world.pay(amount=1000)))
    late = world.dispute(world.pay(amount=1000), 1200, already_lost=True)
    world.reinstate(late, 200)
    world.win(late)
    asked = world.pay(amount=1100)
    world.refund(asked, 100, status="pending")
    world.escalate(world.dispute(asked, inquiry=True))
    world.close_inquiry(world.dispute(world.pay(amount=1300), inquiry=True))
    by_debit = world.pay(amount=1400, method="debit")
    world.settle(by_debit)
    world.escalate(world.dispute(by_debit, inquiry=True))


def _monthly(world: World) -> None:
    charge = world.complete_session(world.create_session(amount=1500, campaign="choir", mode="subscription")) or ""
    about = world.subscription_of(charge) or ""
    world.renew(about)
    world.label(about, "organ")
    world.pay_out_of_band(about)
    world.advance(40 * 86_400)
    world.cancel_later(about, True)
    world.cancel_subscription(about)
    world.complete_session(world.create_session(amount=1600, mode="subscription", trial_days=7))
    by_debit = world.create_session(amount=1700, mode="subscription", method="debit")
    world.fail(world.complete_session(by_debit) or "")
