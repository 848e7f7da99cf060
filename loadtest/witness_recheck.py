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
from bisect import bisect_left, bisect_right
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


def refused(record: Any, code: str) -> bool:
    """The platform said no, for this reason."""
    return bool(record["outcome"] == "refused" and record["code"] == code)


class Operation:
    """All attempts under one key. Its effect lies within [start, by]; ``by`` is FOREVER where it is not certain.

    Not before any attempt that can have caused it, and not before one that was refused: the key had no effect then.
    """

    def __init__(self, attempts: list[Any]) -> None:
        own = [one for one in attempts if one["kind"] != "read_claim"]
        self.first, self.kind = own[0], own[0]["kind"]
        self.by: int = min([reply(one) for one in attempts if granted(one)], default=FOREVER)
        causes = [one for one in own if granted(one) or one["outcome"] in ("open", "unknown", "pending")]
        before = [one["t_invoke_ns"] for one in own if one["outcome"] == "refused" and one["t_invoke_ns"] <= self.by]
        self.start: int = max([min(one["t_invoke_ns"] for one in causes or own), *before])
        self.results = {one["result"] for one in attempts if granted(one)} - {"0" * 16}
        self.marks = {one["mark"] for one in attempts if granted(one)} - {"0" * 16}
        self.value = next((one["value"] for one in attempts if one["outcome"] == "ok"), 0)


def operations(records: list[Any], kind: str = "") -> list[Operation]:
    """The operations among the records; a read of a claim counts with the claim whose key it asks for."""
    found: dict[Any, list[Any]] = {}
    for one in records:
        if one["part"] == "operation":
            name = one["target"] if one["kind"] == "read_claim" else one["key"][-16:]
            found.setdefault((one["person"], name), []).append(one)
    made = [Operation(attempts) for attempts in found.values()]
    return [one for one in made if kind in ("", one.kind)]


def shown(records: list[Any]) -> Any:
    """The one record that proves something by itself."""
    (only,) = (one for one in records if one["part"] == "shown")
    return only


def quota_by(facts: Any, instant: int, certain: bool) -> int:
    """The quota at an instant: the least that is certain, or the most that is possible."""
    raised = [quota for since, by, quota in facts["raises"]
              if (by is not None and by < instant if certain else since <= instant)]  # fmt: skip
    return int(max([facts["quota"], *raised]))


def most_held(records: list[Any], facts: Any, bound: Callable[[int], int]) -> int:
    """The greatest of (claims begun − vouchers certainly void − bound) at any instant of the witness's interval."""
    since, until = facts["from_ns"], facts["until_ns"]
    begun = sorted(one.start for one in operations(records, "claim"))
    void = sorted(one.by for one in operations(records, "void"))
    instants = [since, *(moment for moment in begun if since <= moment <= until)]
    return max(bisect_right(begun, now) - bisect_left(void, now) - bound(now) for now in instants)


def too_many_held(records: list[Any], facts: Any) -> bool | None:
    """C1, C2: more granted claims than the quota, all certain by one instant."""
    until = facts.get("instant_ns", FOREVER - 1)
    claims = operations(records, "claim")
    if facts.get("cut"):
        return None
    return len(claims) > facts["quota"] and all(one.by <= until for one in claims)


def one_thing_twice(records: list[Any], facts: Any) -> bool | None:
    """C3: two granted claims under different keys with the same voucher, or the same code."""
    first, second = operations(records, "claim")
    if facts["same"] == "result":
        return bool(first.results & second.results)
    return bool(first.marks & second.marks)


def above_the_limit(records: list[Any], facts: Any) -> bool | None:
    """C4: one more than the limit, all certain by one instant."""
    claims = operations(records, "claim")
    return len(claims) > facts["limit"] and all(one.by <= facts["instant_ns"] for one in claims)


def in_its_interval(said: Any, facts: Any) -> bool:
    """The interval in which a refusal may have been justified holds all of its request."""
    return bool(facts["from_ns"] <= said["t_invoke_ns"] and reply(said) <= facts["until_ns"])


def unjustified_limit(records: list[Any], facts: Any) -> bool | None:
    """C5: told that the limit is reached; at no instant can as many have been held."""
    said = shown(records)
    below = most_held(records, facts, lambda now: facts["limit"]) < 0
    return refused(said, "limit_reached") and in_its_interval(said, facts) and below


def success_after_sold_out(records: list[Any], facts: Any) -> bool | None:
    """C6, C9: a claim began after sold out had been read, and was granted; nothing came back in this batch."""
    (later,) = operations(records, "claim")
    said = shown(records)
    return refused(said, "sold_out") and later.by < FOREVER and later.start > reply(said) and not facts["raises"]


def resold(records: list[Any], facts: Any) -> bool | None:
    """C7, C19: more granted after sold out than stock can have come back for."""
    if facts.get("cut"):
        return None
    if facts["rule"] == "later_success":
        return success_after_sold_out(records, facts)
    said, since, until = shown(records), facts["from_ns"], facts["until_ns"]
    later = [one for one in operations(records, "claim") if one.start > reply(said) and one.by <= until]
    back = [one for one in operations(records, "void") if one.by >= since and one.start <= until]
    added = quota_by(facts, until, certain=False) - quota_by(facts, since, certain=True)
    return refused(said, "sold_out") and since <= said["t_invoke_ns"] and len(later) > len(back) + added


def premature_sold_out(records: list[Any], facts: Any) -> bool | None:
    """C8: sold out was said while fewer than the quota can have been held."""
    if facts.get("cut"):
        return None
    said = shown(records)
    below = most_held(records, facts, lambda now: quota_by(facts, now, certain=True)) < 0
    return refused(said, "sold_out") and in_its_interval(said, facts) and below


def never_enough(records: list[Any], facts: Any) -> bool | None:
    """C9, C18: sold out was said though all that was or may have been granted is less than the quota."""
    if facts.get("cut"):
        return None
    return refused(shown(records), "sold_out") and len(operations(records, "claim")) < facts["quota"]


def no_order(records: list[Any], facts: Any) -> bool | None:
    """C9: too many, or a success after sold out, or sold out too early."""
    rules = {"too_many": too_many_held, "later_success": success_after_sold_out, "too_early": never_enough}
    return rules[facts["rule"]](records, facts)


def outside_the_window(records: list[Any], facts: Any) -> bool | None:
    """C10: beyond the announced instant by more than the clocks' bound."""
    opens, closes, bound = facts["opens_ns"], facts["closes_ns"], facts["bound_ns"]
    if facts["rule"] in ("still_shut", "shut_early"):
        said = shown(records)
        if facts["rule"] == "still_shut":
            return refused(said, "not_open") and said["t_invoke_ns"] > opens + bound
        return refused(said, "closed") and (closes is None or reply(said) < closes - bound)
    (one,) = operations(records, "claim")
    if facts["rule"] == "paused":
        return any(begun is not None and begun < one.start <= one.by < ended for begun, ended in facts["pauses"])
    return one.by < opens - bound if facts["rule"] == "early" else one.by < FOREVER and one.start > closes + bound


def key_with_two_ends(records: list[Any], facts: Any) -> bool | None:
    """C11: one key with two results, or refused after it had been granted, or granted for two requests."""
    first, second = records
    if first["key"] != second["key"] or not granted(first):
        return False
    if facts["rule"] == "refused_after_success":
        denied = second["outcome"] == "refused" or second["code"] == "key_reused"
        return bool(denied and second["t_invoke_ns"] > reply(first))
    if facts["rule"] == "another_request":
        return granted(second) and any(first[name] != second[name] for name in ("subject", "target", "amount"))
    return granted(second) and "0" * 16 != first["result"] != second["result"] != "0" * 16


def redeemed_twice(records: list[Any], facts: Any) -> bool | None:
    """C12: more redemptions of a voucher than whole refunds gave it back, or one outside its life."""
    if facts["rule"] == "denied":
        return refused(shown(records), "already_redeemed")
    spent = operations(records, "redeem")
    certain = all(one.by < FOREVER for one in spent)
    if facts["rule"] == "twice":
        orders = {(result, one.first["amount"]) for one in spent for result in one.results}
        back = {one.first["target"] for one in operations(records, "refund")
                if (one.first["target"], one.first["amount"]) in orders}  # fmt: skip
        one_voucher = len({one.first["target"] for one in spent}) == 1
        return certain and one_voucher and len(spent) > 1 + facts["given_back"] and facts["given_back"] <= len(back)
    (claim,), (redemption,) = operations(records, "claim"), spent
    if not certain or redemption.first["target"] not in claim.results:
        return False
    if facts["rule"] == "before_claim":
        return redemption.by < claim.start
    return any(
        one.first["target"] in claim.results and one.by < redemption.start for one in operations(records, "void")
    )


def refunded_too_much(records: list[Any], facts: Any) -> bool | None:
    """C13: certain refunds above the order, or one number for two."""
    refunds = operations(records, "refund")
    if any(one.by == FOREVER for one in refunds):
        return False
    if facts["rule"] == "above_order":
        (order,) = operations(records, "redeem")
        mine = all(one.first["target"] in order.results for one in refunds)
        return mine and sum(one.first["amount"] for one in refunds) > order.first["amount"]
    first, second = refunds
    return bool(first.results & second.results)


def money_missing(records: list[Any], facts: Any) -> bool | None:
    """C14: what the platform shows is outside what its vouchers are worth."""
    return not facts["least_fen"] <= facts["shown_fen"] <= facts["most_fen"]


def implausible_remaining(records: list[Any], facts: Any) -> bool | None:
    """C15: the number that was read is outside what can have remained."""
    read = shown(records)
    return granted(read) and not facts["least"] <= read["value"] <= facts["most"]


def books_differ(records: list[Any], facts: Any) -> bool | None:
    """C16: a sum that is none, a figure outside its bounds, a row without cause."""
    match facts["rule"]:
        case "sum":
            return bool(sum(facts["parts"]) != facts["value"])
        case "bounds":
            return not facts["least"] <= facts["value"] <= facts["most"]
        case "no_cause":
            return bool(facts["rows_without_cause"] > facts["unknown"])
    (one,) = operations(records)
    return None if one.by < FOREVER else False  # missing in a list that is not part of the witness


def lost(records: list[Any], facts: Any) -> bool | None:
    """C17: granted, and not found by whoever asked for it afterwards."""
    (claim,), read = operations(records, "claim"), shown(records)
    same = read["target"] == claim.first["key"][-16:]
    return bool(same and read["code"] == "not_found" and read["t_invoke_ns"] > claim.by)


def till_rule(records: list[Any], facts: Any) -> bool | None:
    """C20: granted although the till's place or the amount forbids it, or refused although they do not."""
    rule = facts["rule"]
    if rule == "fund":
        refunds = operations(records, "refund")
        total, order = sum(one.first["amount"] for one in refunds), facts["order_fen"]
        user = (2 * total * (order - facts["face_fen"]) + order) // (2 * order)
        due = 0 if facts["regime"] == "A" and not (len(refunds) == 1 and total == order) else total - user
        return all(one.by < FOREVER for one in refunds) and sum(one.value for one in refunds) != due
    one = shown(records)
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
    "C15": implausible_remaining, "C16": books_differ, "C17": lost, "C18": never_enough,
    "C19": resold, "C20": till_rule,
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
