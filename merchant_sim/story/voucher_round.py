"""A whole voucher round, step by step, at any platform with the sandbox capabilities."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from datetime import time as clock_time
from datetime import timedelta
from pathlib import Path

from merchant_sim.actors import officers, registry
from merchant_sim.actors.desk import Unexpected
from merchant_sim.actors.offices import Offices
from merchant_sim.actors.programs import Program, start_program
from merchant_sim.city import City
from merchant_sim.records import CLAIMS, REDEMPTIONS, REFUNDS, ClaimRecord, RefundRecord, read_records
from merchant_sim.schedule.redemptions import Holding
from merchant_sim.story.days import DECIDE_DAY, FREEZE_DAY, Suspects, choose_suspects, held_vouchers
from merchant_sim.story.handover import CrowdPlan, TillsPlan, write_plan, write_private
from merchant_sim.story.plan import LAST_DAY, RoundPlan, reports_on, settles_on
from merchant_sim.story.reporting import save_report, save_round_report
from merchant_sim.story.results import Results, write_results
from merchant_sim.story.watching import Watcher
from voucher_contract import routes
from voucher_contract.models import campaigns as c

RESULTS = "round.json"
_LEAD = timedelta(seconds=3)
_TOKENS = ".tokens.json"
_SWEEP_PATIENCE_S = 60.0
_CLOSE_PAUSE_S = 0.25


@dataclass
class VoucherRound:
    """One round at one platform. ``folder`` gets reports/ and records/."""

    plan: RoundPlan
    offices: Offices
    target: str
    folder: Path
    watcher: Watcher

    def __post_init__(self) -> None:
        self.city: City = self.plan.city()
        self.results = Results(
            self.plan.run, self.plan.seed, self.plan.scale, self.plan.residents, self.city.fingerprint()
        )
        self._settlements: list[tuple[int, c.Settlement]] = []

    @property
    def records(self) -> Path:
        """Where the clients' own records are."""
        return self.folder / "records"

    async def play(self) -> Results:
        """All of it. Raises Unexpected at the first step that a platform does not let happen."""
        for part in ("records", "reports"):
            (self.folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._step("configure", "配置活动、复核、发布 Configure, check, publish", 3):
            await self._configure()
        with self._step("merchants", "导入商户名单、激活终端 Merchants and tills", len(self.city.merchants)):
            tills = await self._bring_merchants()
        async with self._programs(tills) as (crowd, counter):
            with self._step("people", "模拟居民登录 Residents sign in", self.plan.residents):
                tokens = await registry.register_people(self.offices, self.city)
            with self._step("rush", "开抢 The opening second", 1):
                await self._rush(crowd, tokens)
            with self._step("days", "核销与退款 Redemptions and refunds", LAST_DAY + 1):
                await self._days(counter, tills)
        with self._step("close", "结束、退回资金 Close, return the money", 1):
            await self._close()
        write_results(self.records / RESULTS, self.results)
        return self.results

    @contextmanager
    def _step(self, name: str, title: str, total: int) -> Iterator[None]:
        self.watcher.begin(title, total)
        began_s = time.monotonic()
        yield
        self.results.seconds[name] = round(time.monotonic() - began_s, 2)

    async def _configure(self) -> None:
        results, plan = self.results, self.plan
        campaign = await officers.open_campaign(self.offices, plan)
        self.watcher.reach(1)
        made, batches, refused = await officers.configure_round(self.offices, plan, campaign.id)
        self.watcher.reach(2)
        results.refusals["fourth batch"] = refused
        results.refusals["own approval"] = await officers.approve_and_publish(self.offices, made.id)
        results.campaign_id, results.round_id = campaign.id, made.id
        results.batch_ids = {name: batch.id for name, batch in batches.items()}
        results.quota = {name: batch.quota for name, batch in batches.items()}

    async def _bring_merchants(self) -> TillsPlan:
        facts = await registry.import_roster(
            self.offices, self.city, roster_file=self.folder / "商户名单.xlsx",
            error_file=self.folder / "商户导入-错误列.xlsx",
        )  # fmt: skip
        self.results.roster = {**asdict(facts), "as_expected": facts.as_expected}
        claims, redemptions, refunds = (str(self.records / name) for name in (CLAIMS, REDEMPTIONS, REFUNDS))
        shops = await registry.activate_tills(self.offices, self.city)
        return TillsPlan(self.plan, self.target, claims, redemptions, refunds, shops)

    def _crowd_plan(self) -> CrowdPlan:
        claims, tokens = str(self.records / CLAIMS), str(self.records / _TOKENS)
        return CrowdPlan(self.plan, self.target, claims, self.results.batch_ids, tokens)

    async def _rush(self, program: Program, tokens: dict[str, str]) -> None:
        ready = await program.hear()
        taps, self.results.timetable = int(ready["ready"]), str(ready["timetable"])
        self.watcher.begin("开抢 The opening second", taps)
        write_private(self.records / _TOKENS, tokens)
        await officers.set_clock(self.offices, self.plan.opening - _LEAD)
        shown, asked_s = await officers.read_clock(self.offices), time.time()
        await program.say(repr(asked_s + (self.plan.opening - shown).total_seconds()))
        done = 0
        while done < taps:
            heard = await program.hear()
            done = int(heard["done"])
            self.watcher.reach(done, f"{heard['issued']} 张")
        await program.end()

    @asynccontextmanager
    async def _programs(self, tills: TillsPlan) -> AsyncIterator[tuple[Program, Program]]:
        """Crowd and tills, started early: they build their city while the residents sign in."""
        plans: dict[str, CrowdPlan | TillsPlan] = {"crowd": self._crowd_plan(), "tills": tills}
        started: list[Program] = []
        try:
            for name, plan in plans.items():
                path = self.records / f".{name}.json"
                await asyncio.to_thread(write_plan, path, plan)
                started.append(await start_program(name, path))
            yield started[0], started[1]
        finally:
            for program in started:
                program.kill()
            for secret in (".crowd.json", ".tills.json", _TOKENS):
                (self.records / secret).unlink(missing_ok=True)

    async def _days(self, program: Program, tills: TillsPlan) -> None:
        await program.say("all claims are on record")
        held = held_vouchers(read_records(self.records / CLAIMS, ClaimRecord))
        suspects = choose_suspects(self.plan, held)
        voucher_ids = {holding: voucher.voucher_id for holding, voucher in held.items()}
        await program.hear()
        for day in range(LAST_DAY + 1):
            await self._begin_day(day, tills, suspects, voucher_ids)
            await self._play_day(program, day)
        await program.end()

    async def _begin_day(self, day: int, tills: TillsPlan, suspects: Suspects, ids: dict[Holding, str]) -> None:
        await officers.set_clock(self.offices, self.plan.moment(day, clock_time(13 if day == 0 else 9)))
        if settles_on(day):
            await self._settle(day)
        if reports_on(day):
            await self._report(day - 1, forms=("json", "csv", "xlsx") if day == 1 else ("json",))
        due = [one.uscc for one in self.plan.suspensions(self.city) if one.day == day]
        await officers.suspend(self.offices, [tills.shops[uscc].id for uscc in due])
        if day == FREEZE_DAY:
            await officers.freeze(self.offices, [ids[one] for one in suspects.all])
        if day == DECIDE_DAY:
            released, voided = ([ids[one] for one in some] for some in (suspects.released, suspects.voided))
            await officers.decide(self.offices, released=released, voided=voided)

    async def _play_day(self, program: Program, day: int) -> None:
        await program.say(str(day))
        while True:
            heard = await program.hear()
            self.watcher.reach(day + bool(heard.get("ended")), f"第 {day} 天 {heard['done']} 笔")
            if heard.get("ended"):
                return

    async def _settle(self, day: int) -> None:
        settlement = await officers.settle(self.offices, self.results.campaign_id)
        self._settlements.append((day, settlement))
        self.results.settled_fen += settlement.gross_fen
        self.results.recovered_fen += settlement.recovered_fen

    async def _report(self, day: int, *, forms: tuple[str, ...]) -> None:
        when = self.plan.moment(day).date()
        saved = await save_report(
            self.offices.auditor, self.results.campaign_id, when, forms=forms, folder=self.folder / "reports"
        )
        self.results.reports += [str(path.relative_to(self.folder)) for path in saved]
        self.results.last_report = str(saved[0].relative_to(self.folder))

    async def _close(self) -> None:
        results, campaign_id = self.results, self.results.campaign_id
        await officers.set_clock(self.offices, self.plan.moment(LAST_DAY + 1, clock_time(9)))
        await self._settle(LAST_DAY + 1)
        owed = officers.debts(read_records(self.records / REFUNDS, RefundRecord), self._settlements)
        results.repaid_fen = await officers.collect_debts(self.offices, campaign_id, owed, self.plan.run)
        await self._close_when_expired()
        back, results.refusals["return to another account"] = await officers.money_back(
            self.offices, campaign_id, self.plan.run
        )
        results.returned_fen = back.amount_fen
        await self._report(LAST_DAY, forms=("json", "csv", "xlsx"))
        saved = await save_round_report(self.offices.auditor, results.round_id, self.folder / "reports")
        results.reports += [str(path.relative_to(self.folder)) for path in saved]
        results.audit_intact = await officers.audit_log_is_intact(self.offices)
        results.statement = (await officers.money(self.offices, campaign_id)).model_dump()

    async def _close_when_expired(self) -> None:
        """The platform sweeps expired vouchers in its own time; until then it rightly refuses to close."""
        give_up_s = time.monotonic() + _SWEEP_PATIENCE_S
        while True:
            outcome = await self.offices.checker.try_to(routes.CLOSE_CAMPAIGN, campaign_id=self.results.campaign_id)
            if outcome.kind == "ok":
                return
            if outcome.code != "vouchers_outstanding" or time.monotonic() > give_up_s:
                break
            await asyncio.sleep(_CLOSE_PAUSE_S)
        raise Unexpected(f"the campaign does not close: {outcome.status} {outcome.code} {outcome.raw[:300]!r}")
