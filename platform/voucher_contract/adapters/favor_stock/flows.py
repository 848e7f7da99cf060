"""Detail files of a batch: asked for, downloaded, and believed only when their hash fits."""

import hashlib
from typing import Literal
from urllib.parse import urlsplit

from voucher_contract.adapters.favor_stock import meanings
from voucher_contract.adapters.favor_stock.wire import FAVOR, Wire, segment
from voucher_contract.operations.protocol import Operation, Outcome

Flow = Literal["use-flow", "refund-flow"]


def download(wire: Wire, stock_id: str, flow: Flow) -> Operation:
    """The bytes of a file; ``no_effect`` with the code ``hash_mismatch`` when they are not what was announced.

    No operation of the contract: the files exist from the day after the activity, and are for ``voucherlab judge``.
    """
    answer = yield from wire.get(f"{FAVOR}/stocks/{segment(stock_id)}/{flow}")
    if not answer.ok:
        return meanings.said_no(answer, {("RESOURCE_NOT_EXISTS", ""): "unknown_batch"})
    parts = urlsplit(str(answer.body["url"]))
    token = dict(pair.partition("=")[::2] for pair in parts.query.split("&"))
    file = yield from wire.get(parts.path, token)
    content = file.reply.body
    if hashlib.sha1(content).hexdigest() != answer.body["hash_value"]:  # noqa: S324 - the algorithm the wire documents
        return Outcome("no_effect", file.reply.status, "hash_mismatch", None, raw=content)
    return meanings.done(file, content)
