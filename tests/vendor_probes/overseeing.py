"""Probes of reports, roles, the audit log, input and the register."""

import hashlib
import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.vendor_probes.table import probe
from tests.vendor_probes.wire import code_of
from tests.vendor_probes.world import REASON, World
from voucher_contract import routes

_CITY = ZoneInfo("Asia/Shanghai")
_TOTAL = ("total", "total")


def _today(world: World) -> str:
    return str(world.now().astimezone(_CITY).date())


@probe("t1-omits-refunds")
def omits_refunds(world: World) -> bool:
    campaign, shop = world.campaign(), world.shop()
    day = _today(world)
    made = world.redemption(shop, world.batch(campaign))
    world.refund(shop, made, 5_000)
    figures = world.figures(campaign, day, "cumulative")[_TOTAL]
    return (figures["refund_count"], figures["redeemed_net_fen"]) != (1, 1_500)


@probe("t1-issued-counts-tries")
def counts_tries_as_issued(world: World) -> bool:
    campaign = world.campaign()
    batch = world.batch(campaign, quota=1)
    for person in world.people(3):
        world.claim(person, batch)
    figures = world.figures(campaign, _today(world), "cumulative")[_TOTAL]
    assert figures["claim_attempts"] >= 3
    return bool(figures["issued_vouchers"] != 1)


@probe("t1-people-counted-by-account")
def counts_accounts_as_people(world: World) -> bool:
    campaign = world.campaign()
    batch = world.batch(campaign, per_person_limit=2)
    for person in world.people(2, card="6217" + datetime.now(tz=_CITY).strftime("%H%M%S%f")):
        world.claim(person, batch)
    figures = world.figures(campaign, _today(world), "cumulative")[_TOTAL]
    return (figures["seekers"], figures["claimants"], figures["issued_vouchers"]) != (1, 1, 2)


@probe("t1-wrong-day")
def cuts_days_elsewhere(world: World) -> bool:
    campaign = world.campaign()
    now = world.now().astimezone(_CITY)
    night = (now + timedelta(days=1)).replace(hour=1, minute=0, second=0, microsecond=0)
    world.advance(seconds=(night - now).total_seconds())
    world.voucher(world.batch(campaign))
    return bool(world.figures(campaign, str(night.date()))[_TOTAL]["issued_vouchers"] != 1)


@probe("t1-lines-do-not-add-up")
def gives_lines_that_do_not_add_up(world: World) -> bool:
    campaign = world.campaign()
    world.redemption(world.shop(), world.batch(campaign))
    figures = world.figures(campaign, _today(world), "cumulative")
    parts = sum(values["redemptions"] for (dimension, _), values in figures.items() if dimension == "industry")
    return bool(parts != figures[_TOTAL]["redemptions"])


@probe("auditor-can-write")
def lets_the_auditor_write(world: World) -> bool:
    body = {"name": "x", "paying_account": "A", "designated_account": "A"}
    return code_of(world.send(routes.CREATE_CAMPAIGN, world.auditor, body=body)) != "forbidden"


@probe("role-not-checked")
def lets_a_consumer_act_as_staff(world: World) -> bool:
    batch = world.batch()
    reply = world.send(routes.PAUSE_BATCH, world.person().token, body=REASON, batch_id=batch["id"])
    return code_of(reply) != "forbidden"


@probe("audit-omits-voids")
def leaves_no_trace_of_a_void(world: World) -> bool:
    voucher = world.voucher(world.batch())
    world.do(routes.VOID_VOUCHER, world.maker, body=REASON, voucher_id=voucher["id"])
    return not any(entry["object_id"] == voucher["id"] for entry in world.walk(routes.LIST_AUDIT, world.auditor))


@probe("audit-chain-broken")
def breaks_the_audit_chain(world: World) -> bool:
    world.batch()
    entries = world.walk(routes.LIST_AUDIT, world.auditor)
    told = world.do(routes.VERIFY_AUDIT, world.auditor)
    assert (told["entries"], told["intact"], told["first_bad_id"]) == (len(entries), True, None)
    previous = "0" * 64
    for number, entry in enumerate(entries, start=1):
        told = {name: entry[name] for name in ("id", "principal", "action", "object_id", "detail")}
        told |= {"at_us": _us(entry["at"]), "business_at_us": _us(entry["business_at"])}
        text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        expected = hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
        if (entry["id"], entry["previous_hash"], entry["hash"]) != (number, previous, expected):
            return True
        previous = entry["hash"]
    return False


def _us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


@probe("bad-input-crashes")
def crashes_on_bad_input(world: World) -> bool:
    return world.send(routes.CREATE_CAMPAIGN, world.maker, body={"name": 5}).status_code == 500


@probe("fraction-fen-accepted")
def takes_fractions_of_a_fen(world: World) -> bool:
    body = {"amount_fen": 100.5, "bank_reference": "B-1"}
    reply = world.send(routes.DEPOSIT, world.maker, body=body, campaign_id=world.campaign(0))
    return code_of(reply) != "invalid_request"


@probe("listing-loses-rows")
def loses_rows(world: World) -> bool:
    made = {world.campaign(0) for _ in range(5)}
    listed = [one["id"] for one in world.walk(routes.LIST_CAMPAIGNS, world.auditor, limit=2)]
    assert len(set(listed)) == len(listed)
    return not made <= set(listed)


@probe("personal-numbers-shown")
def shows_personal_numbers(world: World) -> bool:
    person = world.person()
    return person.id_number in person.person or person.phone in person.person


@probe("bad-credit-code-admitted")
def admits_a_bad_credit_code(world: World) -> bool:
    _, _, content = world.roster(good_code=False)
    report = world.take_roster(content, dry_run=True)
    return not any(cell["column"] == "统一社会信用代码" for cell in report["bad_cells"])


@probe("simulated-data-denied")
def denies_that_its_data_are_simulated(world: World) -> bool:
    return not world.do(routes.META, None)["simulated_data"]


@probe("clock-moves-backward")
def sets_the_clock_back(world: World) -> bool:
    body = {"now": (world.now() - timedelta(minutes=1)).isoformat()}
    return code_of(world.send(routes.SET_CLOCK, world.operator, body=body)) != "clock_backward"


@probe("bare-time-accepted")
def takes_a_time_without_an_offset(world: World) -> bool:
    made, _ = world.draft(world.campaign())
    body = world.spec() | {"valid_until": "2099-01-01T00:00:00"}
    return code_of(world.send(routes.CREATE_BATCH, world.maker, body=body, round_id=made)) != "invalid_request"


@probe("unknown-fields-accepted")
def loses_unknown_fields(world: World) -> bool:
    body = {"name": "x", "paying_account": "A", "designated_account": "A", "surprise": 1}
    return code_of(world.send(routes.CREATE_CAMPAIGN, world.maker, body=body)) != "invalid_request"
