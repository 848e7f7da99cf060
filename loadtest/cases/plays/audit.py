"""Cases of the audit log: every act of staff is in it, and nobody can rewrite it unseen."""

from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, every, folded
from loadtest.lab.staff import CannotPlay
from voucher_contract import routes
from voucher_contract.routes import Route

_MOST_PAGES = 500


async def _log(lab: Lab) -> list[Exchange]:
    """The log from its first entry to what was its end when the walk began. Raises CannotPlay."""
    last = int(lab.got(await lab.do(routes.VERIFY_AUDIT, lab.auditor))["entries"])
    pages: list[Exchange] = []
    query = {"limit": "200"}
    for _ in range(_MOST_PAGES):
        page = await lab.do(routes.LIST_AUDIT, lab.auditor, query=query)
        pages.append(page)
        value = lab.got(page)
        if value["next_cursor"] is None or value["items"][-1]["id"] >= last:
            return pages
        query = {"limit": "200", "cursor": value["next_cursor"]}
    raise CannotPlay(f"the audit log has more than {_MOST_PAGES} pages")


def _entered(lab: Lab, log: list[Exchange], object_id: str, acts: int) -> None:
    """At least so many entries name the object."""
    entries = every(log, f"/value/items/*/object_id={object_id}", "count")
    zh, en = f"{object_id} 的{acts}次操作均有审计记录", f"{acts} acts on {object_id} are entered"
    lab.expect(entries, "ge", acts, zh, en, spec="S-66")


def _reasoned(lab: Lab, log: list[Exchange], route: Route, reason: str) -> None:
    """The log holds the reason, wherever in its entry."""
    found = folded(log, "replies_holding", texts=[reason])
    lab.expect(found, "ne", [], f"{route.title_zh}的理由已记录", f"the reason of {route.name} is kept", spec="S-44")


@play("audit-acts-on-rounds-and-batches")
async def acts_on_rounds_and_batches(lab: Lab) -> None:
    """Submit, reject, approve, publish; pause, resume, raise, stop: one entry each."""
    campaign_id = await lab.campaign()
    round_id, (batch,) = await lab.draft(campaign_id, lab.spec())
    await lab.must(routes.SUBMIT_ROUND, lab.maker, round_id=round_id)
    lab.got(await lab.act(routes.REJECT_ROUND, lab.checker, round_id=round_id))
    await lab.publish(round_id)
    for route in (routes.PAUSE_BATCH, routes.RESUME_BATCH):
        lab.got(await lab.act(route, lab.operator, batch_id=batch["id"]))
    await lab.must(routes.RAISE_QUOTA, lab.maker, body={"quota": 11}, batch_id=batch["id"])
    lab.got(await lab.act(routes.STOP_BATCH, batch_id=batch["id"]))
    log = await _log(lab)
    _entered(lab, log, round_id, 5)
    _entered(lab, log, batch["id"], 4)


@play("audit-acts-on-vouchers")
async def acts_on_vouchers(lab: Lab) -> None:
    """Freeze, release, void: one entry each, with its reason."""
    held = await lab.voucher(await lab.person(), await lab.batch())
    reasons = {
        route: f"vl-reason-{held['id']}-{route.name}"
        for route in (routes.FREEZE_VOUCHER, routes.RELEASE_VOUCHER, routes.VOID_VOUCHER)
    }
    for route, reason in reasons.items():
        await lab.must(route, lab.maker, body={"reason": reason}, voucher_id=held["id"])
    log = await _log(lab)
    _entered(lab, log, held["id"], 3)
    for route, reason in reasons.items():
        _reasoned(lab, log, route, reason)


@play("audit-acts-on-merchants")
async def acts_on_merchants(lab: Lab) -> None:
    """Suspending and reinstating a shop, each with its reason."""
    shop = await lab.own_shop()
    changes = (routes.SUSPEND_MERCHANTS, routes.REINSTATE_MERCHANTS)
    reasons = {route: f"vl-reason-{shop.merchant_id}-{route.name}" for route in changes}
    for route, reason in reasons.items():
        await lab.must(route, lab.operator, body={"merchant_id": shop.merchant_id, "reason": reason})
    log = await _log(lab)
    for route, reason in reasons.items():
        _reasoned(lab, log, route, reason)


@play("audit-chain")
async def chain(lab: Lab) -> None:
    """The bench computes every hash again: numbered without gaps, each on the one before; the platform says so too."""
    held = await lab.voucher(await lab.person(), await lab.batch())
    lab.got(await lab.act(routes.FREEZE_VOUCHER, voucher_id=held["id"]))
    log = await _log(lab)
    lab.expect(folded(log, "audit_chain_faults"), "eq", [], "逐条重算，审计链完整且编号连续",
               "recomputed entry by entry, the chain is whole", spec="S-66")  # fmt: skip
    verified = await lab.do(routes.VERIFY_AUDIT, lab.auditor)
    lab.expect_value(verified, "/intact", True, "平台自检亦称完整", "the platform says intact", spec="S-66")
    shown = every(log, "/value/items/*", "count")
    lab.expect(shown, "ge", 5, "日志中确有记录", "there are entries at all", spec="S-66")
