"""From a planned row to the request in the contract's words."""

from collections.abc import Callable

from loadtest.history.record import Kind, digest64, key_text
from loadtest.scenarios.cast import Cast
from loadtest.scenarios.schedule import Planned
from voucher_contract import routes
from voucher_contract.adapters.protocol import Request

_ON_A_VOUCHER = frozenset({Kind.REDEEM, Kind.VOID, Kind.READ_VOUCHER})
_EMPTY = b"{}"
_REASON = '{"reason":"压力测试"}'.encode()


class Requests:
    """The requests of one cast."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._makers: dict[int, Callable[[Planned], Request]] = {
            Kind.CLAIM: self._claim, Kind.REDEEM: self._redeem, Kind.REFUND: self._refund, Kind.VOID: self._void,
            Kind.RAISE: self._raise, Kind.READ_REMAINING: self._remaining, Kind.READ_CLAIM: self._read_claim,
            Kind.READ_VOUCHER: self._read_voucher,
        }  # fmt: skip

    def request(self, row: Planned) -> Request:
        """The request of a row; another row of the same key gives the same request."""
        return self._makers[row.kind](row)

    def target(self, row: Planned) -> int:
        """What the row acts on, as the history writes it: the digest of the voucher's or the redemption's id, or 0."""
        if row.kind == Kind.CLAIM:
            return 0
        if row.kind in _ON_A_VOUCHER:
            return digest64(self._cast.vouchers[row.target].id)
        return digest64(self._cast.redemptions[row.target].id) if row.kind == Kind.REFUND else row.target

    def _key(self, row: Planned) -> str:
        return key_text(self._cast.run, row.key)

    def _claim(self, row: Planned) -> Request:
        person = self._cast.people[row.person]
        path = {"batch_id": self._cast.batches[row.subject]}
        return Request(routes.CLAIM, person.account, person.token, self._key(row), _EMPTY, path_values=path)

    def _redeem(self, row: Planned) -> Request:
        till, voucher = self._cast.tills[row.person], self._cast.vouchers[row.target]
        # The order's number follows the key: a repetition is the same order, another key another one.
        order = f"{self._cast.run}-{row.key}"
        body = (
            f'{{"code":"{voucher.code}","order_no":"{order}","till_number":"{till.number}",'
            f'"order_total_fen":{row.amount}}}'
        )
        return Request(routes.REDEEM, f"till-{till.number}", till.token, self._key(row), body.encode())

    def _refund(self, row: Planned) -> Request:
        till = self._cast.tills[row.person]
        body = f'{{"amount_fen":{row.amount}}}'.encode()
        path = {"redemption_id": self._cast.redemptions[row.target].id}
        return Request(routes.REFUND, f"till-{till.number}", till.token, self._key(row), body, path_values=path)

    def _void(self, row: Planned) -> Request:
        path = {"voucher_id": self._cast.vouchers[row.target].id}
        return Request(
            routes.VOID_VOUCHER, "bureau-1", self._cast.officer_token, self._key(row), _REASON, path_values=path
        )

    def _raise(self, row: Planned) -> Request:
        path = {"batch_id": self._cast.batches[row.subject]}
        body = f'{{"quota":{row.amount}}}'.encode()
        return Request(routes.RAISE_QUOTA, "bureau-1", self._cast.officer_token, self._key(row), body, path_values=path)

    def _remaining(self, row: Planned) -> Request:
        person = self._cast.people[row.person]
        path = {"batch_id": self._cast.batches[row.subject]}
        return Request(routes.GET_BATCH, person.account, person.token, path_values=path)

    def _read_claim(self, row: Planned) -> Request:
        person = self._cast.people[row.person]
        path = {"batch_id": self._cast.batches[row.subject], "claim_key": key_text(self._cast.run, row.target)}
        return Request(routes.GET_CLAIM, person.account, person.token, path_values=path)

    def _read_voucher(self, row: Planned) -> Request:
        person, path = self._cast.people[row.person], {"voucher_id": self._cast.vouchers[row.target].id}
        return Request(routes.GET_VOUCHER, person.account, person.token, path_values=path)
