"""For each seeded bug a short history that shows it, found by searching and made short: (seed, steps)."""

from __future__ import annotations

from tests.model.play import Step

WITNESSES: dict[str, tuple[int, tuple[Step, ...]]] = {
    "event_id_only": (1, (("open", 1, 56296894981971),)),
    "dedupe_window_expires": (
        4,
        (
            ("open", 0, 10236312045345),
            ("deliver", 58214, 76808154264783),
            ("deliver", 47542, 163444968360085),
            ("advance", 1, 112738543541570),
        ),
    ),
    "cumulative_summed": (1, (("open", 1, 56296894981971), ("refund", 1, 215993929836353))),
    "last_write_wins": (
        18,
        (
            ("pay", 63, 258017134384896),
            ("deliver", 47911, 277909448563028),
            ("deliver", 873, 124096231239346),
            ("refund", 0, 170680749345155),
            ("crash", 2375, 82207493415797),
            ("fail_refund", 0, 4922467202566),
        ),
    ),
    "early_refund_dropped": (
        2,
        (
            ("pay", 0, 173468806341608),
            ("settle", 0, 102368655243470),
            ("bounce", 45, 259527277974979),
            ("deliver", 6410, 76843503423327),
            ("drop", 32090, 118488805058357),
            ("deliver", 8842, 23008248659403),
        ),
    ),
    "failed_refund_kept": (
        18,
        (("pay", 63, 258017134384896), ("refund", 0, 170680749345155), ("fail_refund", 1, 90219195179775)),
    ),
    "disputes_ignored": (1, (("open", 40, 5182055907870), ("dispute", 3, 106874550166858))),
    "won_not_reinstated": (
        75,
        (("pay", 47, 193469136783808), ("dispute", 0, 102732248075333), ("win", 3, 85661563509084)),
    ),
    "no_clamp_double_subtract": (37, (("default", 4, 0), ("pay", 3, 178101326022193), ("dispute", 3, 157481633002031))),
    "uncaptured_counted": (3, (("pay", 3, 36046703745598),)),
    "unpaid_session_counted": (1, (("open", 0, 194610264239161),)),
    "zero_invoice_is_donation": (25, (("open", 1, 70206094239630),)),
    "test_mode_counted": (11, (("stray", 16567, 269819416424123),)),
    "foreign_account_counted": (1, (("stray", 5380, 105163679733739),)),
    "unrelated_to_latest_campaign": (1, (("open", 0, 194610264239161), ("settle", 6, 94906623983950))),
    "session_outranks_money": (19, (("open", 1, 278096985217219),)),
    "first_home_is_kept": (11, (("default", 59, 0), ("open", 0, 274056696404510))),
    "links_cut_short": (8, (("open", 0, 267019867695279),)),
    "invoices_unlinked": (8, (("open", 0, 267019867695279),)),
    "unknown_name_falls_to_default": (28, (("default", 22, 0), ("open", 3, 150554980357327))),
    "default_overwritten": (2, (("default", 0, 0), ("pay", 0, 592), ("default", 1, 0), ("refund", 0, 0))),
    "pending_kept": (11, (("open", 0, 217588587601075), ("settle", 0, 119833839800425))),
    "failure_leaves_pending": (28, (("pay", 3, 229119444757132), ("release", 0, 44277935032366))),
    "pending_refund_waits": (2, (("pay", 0, 48), ("refund", 0, 8))),
    "bounce_ignored": (
        2,
        (("pay", 0, 173468806341608), ("settle", 0, 102368655243470), ("bounce", 45, 259527277974979)),
    ),
    "whole_amount_captured": (21, (("pay", 3, 239864357572924), ("capture", 2, 4406332321285))),
    "inquiry_subtracts": (15, (("open", 4, 134945154982445), ("dispute", 0, 125757988344210))),
    "dispute_amount_each_time": (
        235,
        (("pay", 2, 243794270928945), ("dispute", 1, 241153910779372), ("reinstate", 0, 131981823887383)),
    ),
    "paid_by_hand_counted": (172, (("open", 54, 75619467791148), ("out_of_band", 3, 260532101953499))),
    "period_by_arrival": (11, (("open", 1, 21784542479763), ("advance", 2, 165190845998283))),
    "currency_ignored": (2, (("pay", 0, 173468806341608),)),
    "addresses_taken_literally": (15, (("open", 4, 134945154982445), ("renew", 0, 44450719454098))),
    "milestone_announced_again": (1, (("open", 1, 56296894981971),)),
    "milestone_one_payment_late": (1, (("open", 1, 56296894981971),)),
    "milestone_forgotten": (
        9,
        (("open", 0, 115381252040083), ("refund", 0, 223231826680849), ("refund", 1, 19275804481073)),
    ),
    "marked_done_before_it_is": (
        88,
        (
            ("open", 0, 76284906920967),
            ("deliver", 57133, 171979679570338),
            ("open", 5, 265684035796964),
            ("capture", 1, 195245597794373),
            ("deliver", 43995, 267780097305486),
            ("deliver", 56863, 125734306206650),
            ("refund", 0, 159049973534394),
            ("deliver", 40673, 17824720536883),
            ("crash", 5590, 183523387871214),
        ),
    ),
    "failure_swallowed": (
        106,
        (
            ("pay", 1, 276429000821447),
            ("open", 1, 269516574345990),
            ("open", 0, 172910614082090),
            ("deliver", 26489, 170068282841612),
            ("deliver", 44051, 68544776241458),
            ("crash", 4421, 150520680240203),
            ("deliver", 4464, 107705402078786),
            ("drop", 48932, 194579412114488),
            ("deliver", 26183, 132926926507896),
            ("deliver", 7464, 163099276746241),
            ("deliver", 14947, 156212060033388),
            ("crash", 26324, 149318695057199),
        ),
    ),
    "fee_subtracted": (1, (("pay", 0, 48), ("advance", 0, 1))),
}
