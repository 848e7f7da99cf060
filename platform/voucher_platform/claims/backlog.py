"""How much of what was won is not known to be in SQL yet: the journal's length and the age of its oldest entry."""

from dataclasses import dataclass

from voucher_platform.claims import keys
from voucher_platform.claims.hot_line import Command, checked
from voucher_platform.claims.hot_lines import Servers


@dataclass(frozen=True)
class Backlog:
    """Entries of all shards, and the age of the oldest by the store's clock; 0 when there is none."""

    entries: int
    oldest_seconds: float


async def backlog(servers: Servers) -> Backlog:
    """Ask all shards. Raises ``Unreachable``, ``LostReply`` or ``ResponseError``."""
    asks: list[tuple[int, Command]] = [(shard, ["XLEN", keys.journal_key(shard)]) for shard in range(keys.SHARDS)]
    clock, *lengths = checked(await servers.ask_each([(0, ["TIME"]), *asks]))
    oldest: list[tuple[int, Command]] = [
        (shard, ["XRANGE", keys.journal_key(shard), "-", "+", "COUNT", 1])
        for shard, length in enumerate(lengths)
        if length
    ]
    firsts = checked(await servers.ask_each(oldest)) if oldest else []
    now_ms = int(clock[0]) * 1000 + int(clock[1]) // 1000
    # An entry may have been brought into SQL and forgotten between the two questions.
    since_ms = [int(first[0][0].partition(b"-")[0]) for first in firsts if first]
    return Backlog(sum(lengths), max(0.0, (now_ms - min(since_ms)) / 1000) if since_ms else 0.0)
