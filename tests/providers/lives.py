"""Lives of payments on the pretend Stripe: what happens to a gift between the donor's click and the last word."""

from __future__ import annotations

from collections.abc import Callable

from tests.fakes.stripe.world import World

DAY = 86_400
CAMPAIGN = "newsroom"

Life = Callable[[World], None]


def _once(world: World) -> str:
    return world.pay(amount=2500, campaign=CAMPAIGN)


def _from_the_form(world: World) -> None:
    world.complete_session(world.create_session(amount=2500, campaign=CAMPAIGN))


def _from_a_payment_link(world: World) -> None:
    link = world.create_session(amount=2500, campaign=CAMPAIGN, label="session", payment_link="plink_1")
    world.complete_session(link)


def _subscribed(world: World, trial_days: int = 0) -> str:
    session = world.create_session(
        amount=1000, campaign=CAMPAIGN, mode="subscription", label="intent", trial_days=trial_days
    )
    world.complete_session(session)
    return str(world.objects[session]["subscription"])


def _monthly(world: World) -> None:
    subscription = _subscribed(world)
    for _ in range(2):
        world.advance(31 * DAY)
    world.cancel_subscription(subscription)


def _monthly_told_by_the_session_alone(world: World) -> None:
    world.leave_metadata_off_renewals = True
    world.complete_session(world.create_session(amount=1000, campaign=CAMPAIGN, mode="subscription", label="session"))
    world.advance(31 * DAY)


def _trial(world: World) -> None:
    _subscribed(world, trial_days=14)
    world.advance(15 * DAY)


def _by_hand(world: World) -> None:
    world.pay_out_of_band(_subscribed(world))


def _debit(world: World) -> str:
    session = world.create_session(amount=2500, campaign=CAMPAIGN, method="debit")
    return str(world.complete_session(session))


def _debit_paid(world: World) -> None:
    world.settle(_debit(world))


def _debit_failed(world: World) -> None:
    world.fail(_debit(world))


def _debit_bounced(world: World) -> None:
    charge = _debit(world)
    world.settle(charge)
    world.bounce(charge)


def _held(world: World) -> str:
    return world.pay(amount=2500, campaign=CAMPAIGN, capture="manual")


def _captured(world: World) -> None:
    world.capture(_held(world))


def _captured_in_part(world: World) -> None:
    world.capture(_held(world), 2000)


def _captured_in_part_and_refunded(world: World) -> None:
    charge = _held(world)
    world.capture(charge, 2000)
    world.refund(charge, 500)
    world.refund(charge, 700)


def _released(world: World) -> None:
    world.release(_held(world))


def _declined_and_paid(world: World) -> None:
    session = world.create_session(amount=2500, campaign=CAMPAIGN)
    world.decline_session(session)
    world.complete_session(session)


def _nobody_paid(world: World) -> None:
    session = world.create_session(amount=2500, campaign=CAMPAIGN)
    world.decline_session(session)
    world.advance(2 * DAY)


def _refunded(world: World) -> None:
    world.refund(_once(world))


def _refunded_in_parts(world: World) -> None:
    charge = _once(world)
    for amount in (500, 500, 1):
        world.refund(charge, amount)


def _refund_settled(world: World) -> None:
    world.settle_refund(world.refund(_once(world), 500, status="pending"))


def _refund_failed_late(world: World) -> None:
    world.fail_refund(world.refund(_once(world), 500))


def _refund_failed_and_repeated(world: World) -> None:
    charge = _once(world)
    world.fail_refund(world.refund(charge, 500, status="requires_action"))
    world.refund(charge, 500)


def _refund_cancelled(world: World) -> None:
    world.cancel_refund(world.refund(_once(world), 500, status="pending"))


def _dispute_lost(world: World) -> None:
    world.lose(world.dispute(_once(world)))


def _dispute_won(world: World) -> None:
    dispute = world.dispute(_once(world))
    world.answer_dispute(dispute)
    world.win(dispute)


def _dispute_won_after_lost(world: World) -> None:
    dispute = world.dispute(_once(world))
    world.lose(dispute)
    world.win(dispute)


def _disputed_in_part(world: World) -> None:
    world.dispute(_once(world), 1000)


def _disputed_beyond(world: World) -> None:
    world.dispute(_once(world), 3000)


def _reinstated_in_part(world: World) -> None:
    dispute = world.dispute(_once(world))
    world.lose(dispute)
    world.reinstate(dispute, 1200)


def _lost_at_once(world: World) -> None:
    world.dispute(_once(world), already_lost=True)


def _inquiry(world: World) -> None:
    world.close_inquiry(world.dispute(_once(world), inquiry=True))


def _inquiry_escalated(world: World) -> None:
    dispute = world.dispute(_once(world), inquiry=True)
    world.answer_dispute(dispute)
    world.escalate(dispute)
    world.win(dispute)


def _refunded_and_disputed(world: World) -> None:
    charge = _once(world)
    world.refund(charge, 700, status="pending")
    world.dispute(charge)
    world.dispute(charge, 300)


def _settled_abroad(world: World) -> None:
    world.settlement_currency = "chf"
    charge = _once(world)
    world.advance(DAY)
    world.refund(charge, 500)
    world.win(world.dispute(charge))


def _seen_in_euros(world: World) -> None:
    session = world.create_session(amount=2500, campaign=CAMPAIGN, presentment=(2290, "eur"))
    charge = str(world.complete_session(session))
    world.refund(charge, 1000)


def _yen(world: World) -> None:
    world.refund(world.pay(amount=500, currency="jpy", campaign=CAMPAIGN), 200)


def _fee_known_later(world: World) -> None:
    charge = _once(world)
    world.advance(DAY)
    world.set_balance_transaction(charge)


LIVES: dict[str, Life] = {
    life.__name__.strip("_"): life
    for life in (
        _from_the_form,
        _from_a_payment_link,
        _monthly,
        _monthly_told_by_the_session_alone,
        _trial,
        _by_hand,
        _debit_paid,
        _debit_failed,
        _debit_bounced,
        _captured,
        _captured_in_part,
        _captured_in_part_and_refunded,
        _released,
        _declined_and_paid,
        _nobody_paid,
        _refunded,
        _refunded_in_parts,
        _refund_settled,
        _refund_failed_late,
        _refund_failed_and_repeated,
        _refund_cancelled,
        _dispute_lost,
        _dispute_won,
        _dispute_won_after_lost,
        _disputed_in_part,
        _disputed_beyond,
        _reinstated_in_part,
        _lost_at_once,
        _inquiry,
        _inquiry_escalated,
        _refunded_and_disputed,
        _settled_abroad,
        _seen_in_euros,
        _yen,
        _fee_known_later,
    )
}
