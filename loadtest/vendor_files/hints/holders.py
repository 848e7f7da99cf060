"""People who stand out: one holder with many, ladders of faces, split orders, one device with many people."""

import numpy as np

from loadtest.vendor_files.cells.numbers import Ints, Mask, present
from loadtest.vendor_files.cells.times import US_PER_S
from loadtest.vendor_files.columns import TableName
from loadtest.vendor_files.evidence import Evidence
from loadtest.vendor_files.findings import CannotJudge
from loadtest.vendor_files.hints.looking import Suspicion, pattern
from loadtest.vendor_files.hints.shops import at_threshold
from loadtest.vendor_files.joining import one_key, repeated, taken

_VOUCHERS: dict[TableName, tuple[str, ...]] = {"claims": ("voucher",), "redemptions": ("voucher",)}
_SITTINGS: dict[TableName, tuple[str, ...]] = {
    "claims": ("voucher",), "redemptions": ("voucher", "merchant", "redeemed_at"),
}  # fmt: skip


def _holders(e: Evidence) -> Ints:
    """Each redemption's holder by the claims, as the claim row that stands for the person. Raises CannotJudge."""
    people = e.claim_people
    if people is None:
        raise CannotJudge("领取明细没有区分自然人的列")
    return taken(people, e.redemption_claims)


@pattern("one-holder-many", zh="一人核销大量消费券", needs=_VOUCHERS, settings=("holder_vouchers",))
def one_holder_many(e: Evidence) -> list[Suspicion]:
    """Over all batches together: a limit holds for each, a broker collects from all."""
    holder = _holders(e)
    groups = [rows for rows in repeated(holder) if len(rows) >= e.mapping.hints.holder_vouchers]
    told = [f"同一人核销 {len(rows)} 张" for rows in groups]
    return [
        Suspicion("holder", int(holder[rows[0]]), text, "redemptions", rows, {"vouchers": len(rows)})
        for text, rows in zip(told, groups, strict=True)
    ]


@pattern(
    "ladder-of-faces", zh="同一人在同店短时间内依次使用多种面额", needs=_SITTINGS,
    settings=("ladder_faces", "ladder_minutes", "ladder_people"),
)  # fmt: skip
def ladder_of_faces(e: Evidence) -> list[Suspicion]:
    """A ladder alone is a family shopping; the same ladder by several people at one shop is worth a look."""
    hints, face = e.mapping.hints, e.rule(e.redemption_batches, "face_fen")
    ladders = [
        rows
        for rows in _sittings(e, present(face), hints.ladder_minutes)
        if len(np.unique(face[rows])) >= hints.ladder_faces
    ]
    return _by_shop(e, ladders, hints.ladder_people, "{} 人各在短时间内依次使用多种面额")


@pattern(
    "split-orders", zh="同一人在同店短时间内拆成多笔刚好达到门槛的订单", needs=_SITTINGS,
    settings=("split_orders", "split_minutes", "threshold_slack_fen"),
)  # fmt: skip
def split_orders(e: Evidence) -> list[Suspicion]:
    """One purchase cut into orders just above the threshold."""
    hints = e.mapping.hints
    cut = [rows for rows in _sittings(e, at_threshold(e), hints.split_minutes) if len(rows) >= hints.split_orders]
    return _by_shop(e, cut, 1, "{} 人次把订单拆成多笔，每笔刚好达到门槛")


def _sittings(e: Evidence, only: Mask, minutes: float) -> list[Ints]:
    """Redemptions of one holder at one shop, cut where more than ``minutes`` lie between two of them."""
    redemptions, holder = e.table("redemptions"), _holders(e)
    rows = np.flatnonzero(only & redemptions.known("merchant", "redeemed_at") & present(holder))
    if not len(rows):
        return []
    at = redemptions["redeemed_at"][rows]
    group = one_key(holder[rows], redemptions["merchant"][rows])
    order = np.lexsort((at, group))
    far = (np.diff(group[order]) != 0) | (np.diff(at[order]) > minutes * 60 * US_PER_S)
    return [part for part in np.split(rows[order], np.flatnonzero(far) + 1) if len(part) > 1]


def _by_shop(e: Evidence, sittings: list[Ints], least_people: int, statement: str) -> list[Suspicion]:
    holder, merchant = _holders(e), e.table("redemptions")["merchant"]
    by_shop: dict[int, list[Ints]] = {}
    for rows in sittings:
        by_shop.setdefault(int(merchant[rows[0]]), []).append(rows)
    found = []
    for shop, parts in by_shop.items():
        people = len({int(holder[rows[0]]) for rows in parts})
        if people >= least_people:
            figures = {"people": people, "sittings": len(parts)}
            rows = np.concatenate(parts)
            found.append(Suspicion("merchant", shop, statement.format(people), "redemptions", rows, figures))
    return found


@pattern(
    "one-device-many-people", zh="一台设备为多人领取", needs={"claims": ("device",)}, settings=("device_people",),
)  # fmt: skip
def one_device_many_people(e: Evidence) -> list[Suspicion]:
    """Families share a device; brokers share it with many."""
    claims, people = e.table("claims"), e.claim_people
    if people is None:
        raise CannotJudge("领取明细没有区分自然人的列")
    found = []
    for rows in repeated(claims["device"]):
        number = len(np.unique(people[rows]))
        if number >= e.mapping.hints.device_people:
            device = int(claims["device"][rows[0]])
            figures = {"people": number, "claims": len(rows)}
            found.append(Suspicion("person:device", device, f"{number} 人用同一设备领取", "claims", rows, figures))
    return found
