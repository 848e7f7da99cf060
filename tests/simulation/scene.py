"""One schedule's world: the servers, the processes, the batches in SQL, and what is noted of it all."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.simulation.judging import Judge
from tests.simulation.relational_model import Batch, PlatformState, Stock
from tests.simulation.seams import START
from tests.simulation.sql_server import SqlServer
from tests.simulation.store_server import StoreServer
from tests.simulation.trouble import Trouble
from tests.simulation.virtual_time import Clock
from voucher_platform.claims import keys
from voucher_platform.settings import Settings

if TYPE_CHECKING:
    from tests.simulation.cast import ApiProcess, Process, Shopper, Worker

FACE_FEN = 3_000
CAMPAIGN = "cmp_1"
_DEPOSIT_FEN = 10**9
_SETTINGS = Settings(
    database_url="postgresql://simulated", redis_url="redis://store", limiter_url="redis://limiter",
    token_secret="t" * 32, identity_secret="i" * 32, claim_deadline_ms=800, journal_grace_ms=150, poll_ms=400,
    claim_batch_max=2,  # so that few people already make a round of several calls
)  # fmt: skip
_ZONE = ZoneInfo(_SETTINGS.city_timezone)


class Scene:
    """Everything of one seed. ``notes`` is ``None`` unless somebody wants to read what happened."""

    def __init__(self, seed: int, *, noted: bool = False) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.settings = _SETTINGS
        self.zone = _ZONE
        self.clock = Clock(self.rng)
        self.trouble = Trouble(self.rng)
        self.store = StoreServer(self.clock, Trouble(self.rng), self.rng)
        self.limiter = StoreServer(self.clock, Trouble(self.rng), self.rng)
        self.sql = SqlServer(self.clock, Trouble(self.rng))
        self.judge = Judge(self)
        self.sql.model.on_commit = self.judge.committed
        self.sql.model.clock = lambda: START + timedelta(seconds=self.clock.now)
        self.sql.model.on_clash = self.judge.clashed
        self.apis: list[ApiProcess] = []
        self.workers: list[Worker] = []
        self.shoppers: list[Shopper] = []
        self.notes: list[str] | None = [] if noted else None
        self.numbers: tuple[int, ...] = ()
        self.patience = self.rng.choice([1.0, 0.9, 0.4])
        self.standing_still = 0.0
        self.healed_at = 0.0
        self._on_all_done: Callable[[], None] | None = None
        self._found_platform()

    def note(self, what: str) -> None:
        """Remember an event, for whoever replays a seed."""
        if self.notes is not None:
            self.notes.append(f"{self.clock.now:9.4f}  {what}")

    def add_batch(self, number: int, *, quota: int, limit: int, draft: bool, rates: dict[str, Any]) -> str:
        """A live batch with its money reserved, or a draft that ``staff.publish`` makes one."""
        tables, batch_id = self.sql.model.tables, f"bat_{number}"
        tables["batch"][batch_id] = Batch(
            id=batch_id, number=number, campaign_id=CAMPAIGN, state="draft" if draft else "live",
            face_fen=FACE_FEN, threshold_fen=10_000, resident_districts=[], claim_opens_at=START - timedelta(hours=1),
            claim_closes_at=START + timedelta(days=1), valid_from=START,
            valid_until=START + timedelta(days=30), valid_days=None, per_person_limit=limit, rate_limits=rates,
            code_mode="static", claim_area=None,
        )  # fmt: skip
        epoch = tables["platform_state"][1].epoch
        tables["batch_stock"][batch_id] = Stock(batch_id, quota, 0, 0, epoch)
        for kind in ("reserved", "held"):
            tables["ledger_account"][f"{kind}:{batch_id}"] = 0
        if not draft:
            tables["ledger_account"][f"reserved:{batch_id}"] = quota * FACE_FEN
            tables["ledger_account"][f"free:{CAMPAIGN}"] -= quota * FACE_FEN
        self.judge.batch_opened(batch_id)
        return batch_id

    def load_store(self) -> None:
        """The store as a rebuild would have left it before anybody claimed."""
        tables, space = self.sql.model.tables, self.store.keyspace
        epoch = tables["platform_state"][1].epoch
        for shard in range(keys.SHARDS):
            space.hset(keys.meta_key(shard), ["epoch", epoch, "run_id", self.store.run_id])
        for batch in [batch for batch in tables["batch"].values() if batch.state == "live"]:
            stock = tables["batch_stock"][batch.id]
            words = ["cap", stock.quota, "issued", 0, "seq", 0, "voided", 0]
            space.hset(keys.stock_key(batch.number, epoch), words)

    def crash(self, process: "Process") -> None:
        """The process dies; its supervisor starts another in its place."""
        if process.loop.dead:
            return
        self.note(f"{process.loop.name} is gone")
        process.die()
        self.clock.after(0.1 + 0.4 * self.rng.random(), self._start_again, process)

    def _start_again(self, process: "Process") -> None:
        self.note(f"{process.loop.name} is started again")
        process.start_again()

    def processes(self) -> "list[Process]":
        """All that run, or have died and are about to be started again."""
        return [*self.apis, *self.workers]

    def when_all_done(self, then: Callable[[], None]) -> None:
        """Call ``then`` once every shopper has a definite answer, or has gone away."""
        self._on_all_done = then
        self.shopper_done()

    def shopper_done(self) -> None:
        """Somebody has an answer."""
        if self._on_all_done is not None and all(shopper.done for shopper in self.shoppers):
            then, self._on_all_done = self._on_all_done, None
            self.clock.after(0.0, then)

    def close(self) -> None:
        """End every process, so that nothing of this schedule is left behind."""
        for process in self.processes():
            process.loop.die()

    def _found_platform(self) -> None:
        tables = self.sql.model.tables
        tables["platform_state"][1] = PlatformState(1, 0, 1, 1)
        tables["ledger_account"] |= {f"source:{CAMPAIGN}": -_DEPOSIT_FEN, f"free:{CAMPAIGN}": _DEPOSIT_FEN}
