"""The course of one claim: judged in the hot store, committed in SQL, answered with what is certain."""

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec

from voucher_contract import refusals
from voucher_platform.claims import wins
from voucher_platform.claims.codes import VOUCHER_PREFIX
from voucher_platform.claims.committer import Committer, Judged
from voucher_platform.claims.hot_line import LostReply, Unreachable
from voucher_platform.claims.judge import Attempt, Judge, Verdict
from voucher_platform.claims.keys import request_id
from voucher_platform.claims.lookups import Lookups
from voucher_platform.claims.opening import Opening
from voucher_platform.claims.rules import Asked, BatchTerms, validity
from voucher_platform.claims.sold_out import SoldOut
from voucher_platform.claims.stocking import Stocking
from voucher_platform.claims.wins import Win
from voucher_platform.core.clocks import Clocks
from voucher_platform.core.database import is_outage
from voucher_platform.core.ids import new_id, random_code
from voucher_platform.core.problems import Refused
from voucher_platform.settings import Settings

_REOPEN_WAIT_SECONDS = 0.3
_SLICE_SECONDS = 0.25
_POLL_SECONDS = 0.02


class ClaimResult(msgspec.Struct, frozen=True):
    """``row`` is the committed voucher; without one the claim is pending: neither granted nor refused."""

    terms: BatchTerms
    row: Any = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Means:
    """What a claim needs on its way."""

    settings: Settings
    clocks: Clocks
    opening: Opening
    judge: Judge
    committer: Committer
    lookups: Lookups
    sold_out: SoldOut
    stocking: Stocking


class Course:
    """``deadline``: the loop's time at which the caller is answered, whatever is known then.

    ``unsure``: a slot has been taken or may have been, so neither a refusal nor "overloaded" would be true.
    """

    def __init__(self, means: Means, terms: BatchTerms, asked: Asked, deadline: float) -> None:
        self._means = means
        self._terms = terms
        self._asked = asked
        self._clock = asyncio.get_running_loop()
        self._deadline = deadline
        self._unsure = False
        self._win = _draft(terms, asked, means.clocks)
        self._attempt = Attempt(
            terms.number, asked.person_id, request_id(asked.account_id, asked.claim_key), terms.per_person_limit,
            wins.pack(self._win, means.settings.identity_secret),
        )  # fmt: skip

    async def run(self) -> ClaimResult:
        """Follow the claim until it is decided or its deadline has passed. Raises ``Refused``."""
        try:
            while self._left() > 0:
                result = await self._step()
                if result is not None:
                    return result
        except Refused:
            raise
        except Exception as error:
            if not is_outage(error):
                raise
        return self._undecided()

    def _left(self) -> float:
        return self._deadline - self._clock.time()

    def _undecided(self) -> ClaimResult:
        if self._unsure:
            return ClaimResult(self._terms)
        raise Refused(refusals.OVERLOADED)

    async def _step(self) -> ClaimResult | None:
        """Ask once and act on the verdict; ``None`` means ask again."""
        verdict = await self._judged()
        match verdict.kind if verdict else "late":
            case "won" | "repeat":
                assert verdict is not None
                return await self._commit(verdict)
            case "limit":
                return await self._limit_reached()
            case "sold":
                return await self._used_up()
            case "missing":
                assert verdict is not None
                await self._stocked(verdict.epoch)
            case "stale" | "unreachable" | "lost":
                await self._reopened()
        return None

    async def _judged(self) -> Verdict | None:
        if not self._means.opening.is_open:
            await self._reopened()
        ticket = self._means.judge.submit(self._attempt)
        if not await ticket.within(self._left()):
            self._unsure = not ticket.call_off() or self._unsure
            return None
        verdict = ticket.result()
        if verdict.kind in ("won", "repeat", "lost"):
            self._unsure = True
        elif verdict.kind in ("limit", "sold"):
            # The store has no slot for this request: what was lost before was not executed either.
            self._unsure = False
        return verdict

    async def _stocked(self, epoch: int) -> None:
        """Bring the batch to the store; if the store is away just then, wait for it as after any other fault of it."""
        try:
            await self._means.stocking.stock(self._terms, epoch)
        except (Unreachable, LostReply):
            await self._reopened()

    async def _reopened(self) -> None:
        """Wait for the store: shortly if nothing was executed, as long as there is if something may have been."""
        await asyncio.sleep(0.005)
        wait = self._left() if self._unsure else min(self._left(), _REOPEN_WAIT_SECONDS)
        if not await self._means.opening.wait(wait) and not self._unsure:
            raise Refused(refusals.REBUILDING)

    async def _commit(self, verdict: Verdict) -> ClaimResult | None:
        """A repeat whose first run is under way, or died, commits like a win: SQL lets in one row for both."""
        if verdict.kind == "repeat":
            row = await self._earlier()
            if row is not None:
                return ClaimResult(self._terms, row, replayed=True)
        win = self._win.placed(seq=verdict.seq, nth=verdict.nth, journal_id=verdict.journal_id)
        ticket = self._means.committer.submit(self._terms, Judged(win, verdict.epoch))
        if not await ticket.within(self._left()):
            return None
        settled = ticket.result()
        if settled.outcome == "key_reused":
            raise Refused(refusals.KEY_REUSED)
        if settled.outcome == "held":
            return ClaimResult(self._terms, settled.row, replayed=settled.row.id != win.voucher_id)
        return None

    async def _earlier(self) -> Any:
        row = await self._means.lookups.by_key(self._asked.account_id, self._asked.claim_key, self._left())
        return same_request(row, self._asked)

    async def _limit_reached(self) -> ClaimResult | None:
        """Refuse once SQL has all the vouchers the store counts, so that their ids can be named."""
        row = await self._earlier()
        if row is not None:
            return ClaimResult(self._terms, row, replayed=True)
        until = self._clock.time() + _SLICE_SECONDS
        while self._left() > 0 and self._clock.time() < until:
            held = await self._means.lookups.held(self._terms.id, self._asked.person_id, self._left())
            if len(held) >= self._terms.per_person_limit:
                raise Refused(refusals.LIMIT_REACHED, voucher_ids=held)
            await asyncio.sleep(_POLL_SECONDS)
        return None

    async def _used_up(self) -> ClaimResult | None:
        """Refuse once SQL has committed the whole quota; else ask again, for a slot may have come back."""
        row = await self._earlier()
        if row is not None:
            return ClaimResult(self._terms, row, replayed=True)
        if await self._means.sold_out.confirmed(self._terms.id, min(self._left(), _SLICE_SECONDS)):
            raise Refused(refusals.SOLD_OUT)
        return None


def same_request(row: Any, asked: Asked) -> Any:
    """``row`` if it was won by this very request, ``None`` if there is none. Refuses ``key_reused`` otherwise."""
    if row is not None and (bytes(row.claim_digest) != asked.digest or row.batch_id != asked.batch_id):
        raise Refused(refusals.KEY_REUSED)
    return row


def _draft(terms: BatchTerms, asked: Asked, clocks: Clocks) -> Win:
    claimed_at = clocks.instant()
    valid_from, valid_until = validity(terms, claimed_at)
    return Win(
        batch_id=terms.id, voucher_id=new_id(VOUCHER_PREFIX), person_id=asked.person_id, account_id=asked.account_id,
        claim_key=asked.claim_key, digest=asked.digest, code=random_code(), claimed_at=claimed_at,
        valid_from=valid_from, valid_until=valid_until,
    )  # fmt: skip
