"""Who has a voucher of a batch that is sold out: eight bytes a person, made without holding anybody else up."""

import asyncio
from array import array
from bisect import bisect_left

_PIECES = 64
_LONG = 1_000


class Winners:
    """A person is 64 bits, Python's own hash, salted anew in every process. ``add`` all, then ``sort``, then ask.

    Kept in pieces, because what the interpreter does in one go, sorting a million numbers for one, holds up everybody
    who is being answered, in another thread or not. A false match only sends a loser the long way round.
    """

    def __init__(self) -> None:
        self._pieces = [array("q") for _ in range(_PIECES)]

    def __len__(self) -> int:
        return sum(map(len, self._pieces))

    def add(self, person_id: str) -> None:
        """One more; the same person may come again."""
        mark = hash(person_id)
        self._pieces[mark % _PIECES].append(mark)

    async def sort(self) -> None:
        """Make it ready to be asked; lets others go first between two long pieces."""
        for at, piece in enumerate(self._pieces):
            self._pieces[at] = array("q", sorted(piece))
            if len(piece) > _LONG:
                await asyncio.sleep(0)

    def knows(self, person_id: str) -> bool:
        """Whether the person is among them, or another one with the same hash."""
        mark = hash(person_id)
        piece = self._pieces[mark % _PIECES]
        at = bisect_left(piece, mark)
        return at < len(piece) and piece[at] == mark
