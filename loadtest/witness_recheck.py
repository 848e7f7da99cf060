"""Re-decides the witnesses of a verdict from what they contain. Standard library only, none of the bench's code.

    python witness_recheck.py verdict.json        every witness of every case
    python witness_recheck.py witness.json        one witness

A witness is a violation's proof: raw attempts (``records``) or exchanges, and the bounds they break (``facts``). Each
function below says in a few lines why such records cannot come from a platform that keeps the rule. One line a
witness is printed: ``proven``, ``REJECTED``, or ``not decided here`` where the proof is an absence, which only the
whole history shows (`voucherlab recheck`). Exit: 0 when none is rejected, 1 else, 2 when the file cannot be read.
"""

import hashlib
import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

FOREVER = 2**62
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def reply(record: Any) -> int:
    """When the attempt was answered; never, if it was not."""
    return FOREVER if record["t_reply_ns"] is None else record["t_reply_ns"]


def granted(record: Any) -> bool:
    """The platform said yes."""
    return record["outcome"] in ("ok", "ok_unreadable")


def refused(record: Any, code: str) -> Any:
    """The platform said no, for this reason."""
    return record["outcome"] == "refused" and record["code"] == code


def too_many_held(records: list[Any], facts: Any) -> Any:
    """C1, C2: more different granted claims than the quota, all answered by one instant."""
    keys = {one["key"] for one in records}
    until = facts.get("instant_ns", FOREVER)
    return len(keys) == len(records) > facts["quota"] and all(granted(one) and reply(one) <= until for one in records)


def one_thing_twice(records: list[Any], facts: Any) -> Any:
    """C3: two granted claims under different keys with the same voucher, or the same code."""
    first, second = records
    name = facts["same"]
    return (
        granted(first) and granted(second) and first["key"] != second["key"] and first[name] == second[name] != "0" * 16
    )


def above_the_limit(records: list[Any], facts: Any) -> Any:
    """C4: one more than the limit, all granted under different keys and answered by one instant."""
    keys = {one["key"] for one in records}
    answered = all(granted(one) and reply(one) <= facts["instant_ns"] for one in records)
    return len(keys) == len(records) > facts["limit"] and answered


def unjustified_limit(records: list[Any], facts: Any) -> Any:
    """C5: told that the limit is reached; the claims that can have been held are fewer."""
    said, *held = records
    return refused(said, "limit_reached") and len(held) == facts["possible"] < facts["limit"]


def success_after_sold_out(records: list[Any], facts: Any) -> Any:
    """C6, C19: a claim was sent after sold out had been read, and was granted."""
    said, later = records
    return refused(said, "sold_out") and granted(later) and later["t_invoke_ns"] > reply(said)


def resold(records: list[Any], facts: Any) -> Any:
    """C7: more granted after sold out than stock can have come back for."""
    later = [one for one in records[1:] if one["kind"] == "claim"]
    back = [one for one in records[1:] if one["kind"] == "void"]
    inside = all(granted(one) and one["t_invoke_ns"] > facts["sold_out_end_ns"] for one in later)
    return refused(records[0], "sold_out") and inside and len(later) > len(back) + facts["added"]


def premature_sold_out(records: list[Any], facts: Any) -> Any:
    """C8, C18: sold out was said while fewer than the quota can have been held."""
    return refused(records[0], "sold_out") and facts["possible"] < facts["quota"]


def no_order(records: list[Any], facts: Any) -> Any:
    """C9: too many, or a success after sold out, or sold out too early."""
    if len(records) > facts["quota"]:
        return too_many_held(records, facts)
    return success_after_sold_out(records, facts) if len(records) == 2 else premature_sold_out(records, facts)


def outside_the_window(records: list[Any], facts: Any) -> Any:
    """C10: beyond the announced instant by more than the clocks' bound."""
    (one,) = records
    opens, closes, bound = facts["opens_ns"], facts["closes_ns"], facts["bound_ns"]
    match facts["rule"]:
        case "early":
            return granted(one) and reply(one) < opens - bound
        case "still_shut":
            return refused(one, "not_open") and one["t_invoke_ns"] > opens + bound
        case "late":
            return granted(one) and one["t_invoke_ns"] > closes + bound
        case "shut_early":
            return refused(one, "closed") and (closes is None or reply(one) < closes - bound)
    return granted(one) and facts["rule"] == "paused"


def key_with_two_ends(records: list[Any], facts: Any) -> Any:
    """C11: one key with two results, or refused after it had been granted, or granted for two requests."""
    first, second = records
    if first["key"] != second["key"] or not granted(first):
        return False
    if facts["rule"] == "refused_after_success":
        return second["outcome"] == "refused" and second["t_invoke_ns"] > reply(first)
    if facts["rule"] == "another_request":
        return granted(second) and any(first[name] != second[name] for name in ("subject", "target", "amount"))
    return granted(second) and first["result"] != second["result"]


def redeemed_twice(records: list[Any], facts: Any) -> Any:
    """C12: more redemptions of a voucher than whole refunds gave it back, or one outside its life."""
    if facts["rule"] == "denied":
        return refused(records[0], "already_redeemed")
    if facts["rule"] == "twice":
        one_voucher = len({one["target"] for one in records}) == 1 and len({one["key"] for one in records}) == len(
            records
        )
        return one_voucher and all(map(granted, records)) and len(records) > 1 + facts["given_back"]
    claim, redemption = records
    early = facts["rule"] == "before_claim" and reply(redemption) < claim["t_invoke_ns"]
    return granted(redemption) and claim["result"] == redemption["target"] and (early or facts["rule"] == "after_void")


def refunded_too_much(records: list[Any], facts: Any) -> Any:
    """C13: granted refunds above the order, or one number for two."""
    if facts["rule"] == "above_order":
        total = sum(one["amount"] for one in records)
        one_order = len({one["target"] for one in records}) == 1
        return one_order and all(map(granted, records)) and total == facts["refunded_fen"] > facts["order_fen"]
    first, second = records
    return granted(first) and granted(second) and first["key"] != second["key"] and first["result"] == second["result"]


def money_missing(records: list[Any], facts: Any) -> Any:
    """C14: what the platform shows is outside what its vouchers are worth."""
    return not facts["least_fen"] <= facts["shown_fen"] <= facts["most_fen"]


def implausible_remaining(records: list[Any], facts: Any) -> Any:
    """C15: the number that was read is outside what can have remained."""
    return granted(records[0]) and not facts["least"] <= records[0]["value"] <= facts["most"]


def books_differ(records: list[Any], facts: Any) -> Any:
    """C16: a sum that is none, a figure outside its bounds, a row without cause."""
    match facts["rule"]:
        case "sum":
            return sum(facts["parts"]) != facts["value"]
        case "bounds":
            return not facts["least"] <= facts["value"] <= facts["most"]
        case "no_cause":
            return facts["rows_without_cause"] > facts["unknown"]
    return None if granted(records[0]) else False  # missing in a list that is not part of the witness


def lost(records: list[Any], facts: Any) -> Any:
    """C17: granted, and not found by whoever asked for it afterwards."""
    claim, read = records
    return granted(claim) and read["code"] == "not_found" and read["t_invoke_ns"] > reply(claim)


def till_rule(records: list[Any], facts: Any) -> Any:
    """C20: granted although the till's place or the amount forbids it, or refused although they do not."""
    rule, one = facts["rule"], records[0]
    if rule == "fund":
        total, order = sum(record["amount"] for record in records), facts["order_fen"]
        user = (2 * total * (order - facts["face_fen"]) + order) // (2 * order)
        due = 0 if facts["regime"] == "A" and not (len(records) == 1 and total == order) else total - user
        return all(map(granted, records)) and sum(record["value"] for record in records) != due
    enough = one["amount"] >= facts["threshold_fen"]
    if rule in ("below_threshold", "threshold_denied"):
        return granted(one) and not enough if rule == "below_threshold" else refused(one, "below_threshold") and enough
    what = rule.partition("_")[0]
    allowed = facts["categories" if what == "category" else "districts"]
    covered = not allowed or facts["till"][what] in allowed
    return granted(one) and not covered if rule.endswith("ignored") else refused(one, f"{what}_not_covered") and covered


HISTORY: dict[str, Callable[[list[Any], Any], Any]] = {
    "C1": too_many_held, "C2": too_many_held, "C3": one_thing_twice, "C4": above_the_limit, "C5": unjustified_limit,
    "C6": success_after_sold_out, "C7": resold, "C8": premature_sold_out, "C9": no_order, "C10": outside_the_window,
    "C11": key_with_two_ends, "C12": redeemed_twice, "C13": refunded_too_much, "C14": money_missing,
    "C15": implausible_remaining, "C16": books_differ, "C17": lost, "C18": premature_sold_out,
    "C19": success_after_sold_out, "C20": till_rule,
}  # fmt: skip


# --- expectations of functional cases -------------------------------------------------------------------------------
class Unreadable(Exception):
    """A term whose meaning this program does not know, or whose reply proves nothing."""


def walk(value: Any, steps: list[str]) -> list[Any]:
    """All values at a path; ``*`` is every element, ``name=word`` keeps what has that word."""
    if not steps:
        return [value]
    step, rest = steps[0].replace("~1", "/").replace("~0", "~"), steps[1:]
    if isinstance(value, list):
        chosen = value if step == "*" else [value[int(step)]] if step.isdigit() and int(step) < len(value) else []
    elif not isinstance(value, dict):
        chosen = []
    elif "=" in step:
        name, word = step.split("=", 1)
        text = value.get(name) if isinstance(value.get(name), str) else json.dumps(value.get(name))
        chosen = [value] if name in value and text == word else []
    else:
        chosen = [value[step]] if step in value else []
    return [found for one in chosen for found in walk(one, rest)]


def looked(term: Any, exchanges: dict[int, Any]) -> Any:
    """What a look into the exchanges comes to."""
    found = []
    for number in term["exchanges"]:
        one = exchanges[number]
        silent = one["status"] == 0 or (
            one["status"] != 500 and one["outcome"] in ("unknown", "not_executed", "guarded")
        )
        if silent and term["of"] != "at_least":
            raise Unreadable(f"exchange {number} proves nothing")
        document = {name: one[name] for name in ("status", "code", "outcome", "replayed", "value")}
        document["headers"] = one["reply_headers"]
        document["seconds"] = (one["t_reply_ns"] - one["t_invoke_ns"]) / 1e9
        found += walk(document, term["pointer"].strip("/").split("/"))
    words = {one if isinstance(one, str) else repr(one) for one in found}
    made = {"count": len(found), "at_least": len(found), "distinct": len(words), "set": sorted(words)}
    if term["of"] in made:
        return made[term["of"]]
    return sum(found) if term["of"] == "sum" else found[0] if len(found) == 1 else fail(f"{len(found)} values")


def fail(why: str) -> Any:
    """Raise Unreadable."""
    raise Unreadable(why)


def transfers(pages: list[Any]) -> list[Any]:
    """Single transfers of all pages."""
    return [one for page in pages for one in page["value"]["items"]]


def balances(pages: list[Any]) -> dict[str, int]:
    """Fen by account."""
    found: dict[str, int] = {}
    for one in transfers(pages):
        found[one["credit"]] = found.get(one["credit"], 0) + one["amount_fen"]
        found[one["debit"]] = found.get(one["debit"], 0) - one["amount_fen"]
    return found


def chain_faults(pages: list[Any], given: Any) -> list[Any]:
    """Audit entries that break the hash chain."""
    faults, before, number = [], "0" * 64, 1
    for entry in (one for page in pages for one in page["value"]["items"]):
        kept = {name: entry[name] for name in ("id", "principal", "action", "object_id", "detail")}
        for name in ("at", "business_at"):
            kept[name + "_us"] = (datetime.fromisoformat(entry[name]) - EPOCH) // timedelta(microseconds=1)
        text = before + "\n" + json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        right = hashlib.sha256(text.encode()).hexdigest() == entry["hash"]
        if not right or entry["previous_hash"] != before or entry["id"] != number:
            faults.append(entry["id"])
        before, number = entry["hash"], entry["id"] + 1
    return faults


def seconds_between(exchanges: list[Any], given: Any) -> int:
    """From one told time to another."""
    value = exchanges[0]["value"]
    since = given["since"] if "since" in given else value[given["start"]]
    return round((datetime.fromisoformat(value[given["end"]]) - datetime.fromisoformat(since)).total_seconds())


def buckets_differ(exchanges: list[Any], given: Any) -> list[Any]:
    """Statements of money that do not add up."""
    return [
        one["number"] for one in exchanges
        if 2 * one["value"]["buckets"]["received_fen"] != sum(one["value"]["buckets"].values())
    ]  # fmt: skip


def rewritten(pages: list[Any], given: Any) -> list[Any]:
    """Transfers that were shown otherwise, or not at all, later."""
    later = {one["id"]: one for one in transfers(pages[given["earlier"] :])}
    return [one["id"] for one in transfers(pages[: given["earlier"]]) if later.get(one["id"]) != one]


FOLDS: dict[str, Callable[[list[Any], Any], Any]] = {
    "audit_chain_faults": chain_faults, "span_s": seconds_between, "identity_differences": buckets_differ,
    "transfers_rewritten": rewritten,
    "money_in_accounts": lambda pages, given: sum(fen for fen in balances(pages).values() if fen > 0),
    "account_balance": lambda pages, given: sum(
        fen for name, fen in balances(pages).items() if name.split(":")[0] == given["kind"]
    ),
    "replies_holding": lambda exchanges, given: [
        one["number"] for one in exchanges if any(text in one.get("reply_body", "") for text in given["texts"])
    ],
}  # fmt: skip


def value_of(term: Any, exchanges: dict[int, Any]) -> Any:
    """A constant, a look, or a fold."""
    if not isinstance(term, dict):
        return term
    if "fold" not in term:
        return looked(term, exchanges)
    if term["fold"] not in FOLDS:
        raise Unreadable(f"fold {term['fold']} is not known here")
    return FOLDS[term["fold"]]([exchanges[number] for number in term["exchanges"]], term["given"])


def expectation_broken(witness: Any) -> Any:
    """True: the two sides do not stand in the relation that was expected."""
    expected = witness["facts"]["expectation"]
    exchanges = {one["number"]: one for one in witness["exchanges"]}
    try:
        left, right = value_of(expected["left"], exchanges), value_of(expected["right"], exchanges)
    except Unreadable:
        return None
    except (KeyError, TypeError, ValueError, IndexError):
        return expected["unknown_is"] == "fail"
    holds: dict[str, Callable[[], bool]] = {
        "eq": lambda: left == right, "ne": lambda: left != right, "le": lambda: left <= right,
        "ge": lambda: left >= right, "lt": lambda: left < right, "gt": lambda: left > right,
        "in": lambda: left in right, "not_in": lambda: left not in right,
    }  # fmt: skip
    return not holds[expected["relation"]]()


def decide(witness: Any) -> Any:
    """True: proven. False: rejected. None: only the whole history can tell."""
    if witness["check"] == "expectation":
        return expectation_broken(witness)
    try:
        return HISTORY[witness["check"]](witness["records"], witness["facts"])
    except (KeyError, ValueError, IndexError, TypeError):
        return False


def witnesses_of(document: Any) -> list[tuple[str, Any]]:
    """Case and witness, for each witness of the file."""
    if "check" in document:
        return [("witness", document)]
    return [(case["id"], one) for case in document["cases"] for one in case["witnesses"]]


def main(arguments: list[str]) -> int:
    """Decide every witness of the file."""
    try:
        found = witnesses_of(json.loads(Path(arguments[1]).read_text(encoding="utf-8")))
    except (IndexError, OSError, ValueError, KeyError, TypeError) as error:
        print(f"usage: witness_recheck.py FILE: {error!r}", file=sys.stderr)
        return 2
    words = {True: "proven 成立", False: "REJECTED 不成立", None: "not decided here 此处不能判定"}
    rejected = 0
    for case, witness in found:
        decided = decide(witness)
        rejected += decided is False
        print(f"{words[decided]}: {case} {witness['check']}: {witness['statement_zh']} / {witness['statement_en']}")
    return 1 if rejected else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
