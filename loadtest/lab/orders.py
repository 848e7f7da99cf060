"""Orders at tills, for cases: a voucher bought with, an order taken back, and how the contract splits a refund."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab
from loadtest.lab.staff import Shop
from voucher_contract import routes


@dataclass(frozen=True)
class Parts:
    """An amount in its parts, in fen: to the user, of the voucher, of the platform's discount."""

    user_fen: int
    voucher_fen: int
    platform_fen: int

    def less(self, other: "Parts") -> "Parts":
        """Part by part."""
        return Parts(
            self.user_fen - other.user_fen, self.voucher_fen - other.voucher_fen, self.platform_fen - other.platform_fen
        )


def refund_parts(amounts_fen: Sequence[int], *, paid_fen: int, voucher_fen: int, platform_fen: int = 0) -> list[Parts]:
    """The parts of each of several refunds of one order, one after the other, by the running total of S-54."""
    payable = paid_fen + voucher_fen + platform_fen
    parts, before, total = [], Parts(0, 0, 0), 0
    for amount in amounts_fen:
        total += amount
        user = (2 * total * paid_fen + payable) // (2 * payable)
        platform = (total - user) * platform_fen // (voucher_fen + platform_fen)
        after = Parts(user, total - user - platform, platform)
        parts.append(after.less(before))
        before = after
    return parts


async def bought(lab: Lab, shop: Shop, batch: dict[str, Any], **order: Any) -> dict[str, Any]:
    """Preparation: somebody new claims a voucher and uses it; the redemption. Raises CannotPlay."""
    voucher = await lab.voucher(await lab.person(), batch)
    return lab.got(await lab.redeem(shop, voucher["code"], **order))


async def refund(lab: Lab, shop: Shop, redemption: dict[str, Any], amount_fen: int, **asked: Any) -> Exchange:
    """Take back ``amount_fen`` of an order at the shop's first till."""
    body = {"amount_fen": amount_fen}
    return await lab.do(routes.REFUND, shop.tills[0], body=body, redemption_id=redemption["id"], **asked)
