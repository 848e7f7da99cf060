"""The contract's own wire: every operation is one call."""

from voucher_contract.adapters.protocol import Adapter, Request
from voucher_contract.operations.protocol import Operation
from voucher_contract.operations.request import call, perform


class NativeAdapter(Adapter):
    """For platforms that implement SPEC.md as it is."""

    name = "native"

    def missing(self, name: str) -> str | None:  # noqa: ARG002 - this wire has every operation
        """Nothing is missing."""
        return None

    def start(self, request: Request) -> Operation:
        """One call, never repeated."""
        sent = call(
            request.route, token=request.token, key=request.key, body=request.body, media_type=request.media_type,
            query=dict(request.query), headers=None, **request.path_values,
        )  # fmt: skip
        return perform(request.route, sent)
