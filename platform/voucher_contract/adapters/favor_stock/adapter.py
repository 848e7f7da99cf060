"""The adapter: which operation of the contract is which conversation on the wire."""

from collections.abc import Callable

from voucher_contract.adapters.favor_stock import claiming, flows, paying, planning, refunding
from voucher_contract.adapters.favor_stock.account import account_of
from voucher_contract.adapters.favor_stock.asking import refuse_foreign_role
from voucher_contract.adapters.favor_stock.memory import Memory
from voucher_contract.adapters.favor_stock.missing import MISSING
from voucher_contract.adapters.favor_stock.wire import Wire
from voucher_contract.adapters.protocol import Adapter, NotOnThisWire, Request, Surroundings
from voucher_contract.models.system import Meta
from voucher_contract.operations.protocol import Operation


class FavorStockAdapter(Adapter):
    """For platforms whose coupons are used by payments. Raises ValueError without its options or a signing key."""

    name = "favor_stock"

    def __init__(self, surroundings: Surroundings) -> None:
        if surroundings.sign is None:
            raise ValueError("favor_stock signs its requests: credentials.signing_key_env is needed 缺少签名私钥")
        self._wire = Wire(account_of(surroundings.options), surroundings, surroundings.sign)
        self._memory = Memory()

    def missing(self, name: str) -> str | None:
        """The reason, for a public officer to read."""
        return MISSING.get(name)

    def start(self, request: Request) -> Operation:
        """The conversation of an operation. Raises NotOnThisWire for a role or request that it cannot carry."""
        reason = self.missing(request.route.name)
        if reason is not None:
            raise NotOnThisWire(reason)
        refuse_foreign_role(self._wire.account, request)
        wire, memory = self._wire, self._memory
        conversations: dict[str, Callable[[], Operation]] = {
            "list_batches": lambda: planning.listed(wire, request),
            "get_batch": lambda: planning.get(wire, request),
            "pause_batch": lambda: planning.pause(wire, request),
            "resume_batch": lambda: planning.resume(wire, request),
            "claim": lambda: claiming.claim(wire, memory, request),
            "get_voucher": lambda: claiming.get(wire, request),
            "list_vouchers": lambda: claiming.listed(wire, request),
            "redeem": lambda: paying.redeem(wire, memory, request),
            "get_redemption": lambda: paying.get(wire, memory, request),
            "refund": lambda: refunding.refund(wire, memory, request),
            "list_refunds": lambda: refunding.listed(wire, memory, request),
        }
        return conversations[request.route.name]()

    def meta(self) -> Meta:
        """What is known of this wire without asking it."""
        account = self._wire.account
        return Meta(
            product="favor-stock wire", contract_version="1.0", capabilities=[],
            reopen_delay_ms=account.reopen_delay_ms, claim_deadline_ms=5_000, max_body_bytes=65_536,
            simulated_data=account.simulated_data, unsafe_settings=[],
        )  # fmt: skip

    def publish_batch(self, request: Request) -> Operation:
        """Create, activate, wait: a claimable batch."""
        return planning.publish(self._wire, request)

    def download_flow(self, stock_id: str, flow: flows.Flow) -> Operation:
        """A batch's file of uses or refunds, with its hash checked; no operation of the contract."""
        return flows.download(self._wire, stock_id, flow)
