"""A witness for human eyes: each raw exchange, and the command line that sends its request again."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loadtest.evidence.exchange import Exchange
from loadtest.evidence.result import Witness
from voucher_contract.routes import ROUTES

MAX_BODY = 4_000
RELATION_ZH = {
    "eq": "等于", "ne": "不等于", "le": "不大于", "ge": "不小于", "lt": "小于", "gt": "大于",
    "in": "属于", "not_in": "不属于",
}  # fmt: skip
# Set by every HTTP client for itself; repeating them would only make the command longer.
_OWN_HEADERS = frozenset({"host", "accept", "accept-encoding", "connection", "user-agent", "content-length"})


@dataclass(frozen=True)
class Shown:
    """One exchange as the report prints it. ``request_id``: the server's own number, to be quoted in an objection."""

    exchange: Exchange
    request: str
    reply: str
    curl: str
    request_id: str
    milliseconds: float


def shown_exchanges(witness: Witness) -> tuple[Shown, ...]:
    """The witness' exchanges in the order in which they were sent."""
    exchanges = [Exchange.from_json(flat) for flat in witness.exchanges]
    return tuple(_show(one) for one in sorted(exchanges, key=lambda one: one.number))


def request_ids(witnesses: Sequence[Witness]) -> tuple[str, ...]:
    """The server's numbers of all exchanges of the witnesses, each once."""
    ids = [one.request_id for witness in witnesses for one in shown_exchanges(witness)]
    return tuple(dict.fromkeys(one for one in ids if one))


def curl_command(exchange: Exchange) -> str:
    """The request as a command. The token is ``$TOKEN``, the address ``$BASE_URL``: both are set by whoever runs it."""
    parts = ["curl -sS -i"]
    if exchange.method != "GET":
        parts.append(f"-X {exchange.method}")
    parts.append(f'"$BASE_URL"{shlex.quote(exchange.path)}')
    route = ROUTES.get(exchange.operation)
    if route is None or route.roles:
        parts.append('-H "Authorization: Bearer $TOKEN"')
    parts += [
        f"-H {shlex.quote(f'{name}: {value}')}"
        for name, value in exchange.request_headers.items()
        if name.lower() not in _OWN_HEADERS and name.lower() != "authorization"
    ]
    if exchange.request_body:
        parts.append(_body_part(exchange.request_body))
    return " \\\n  ".join(parts)


def _body_part(body: bytes) -> str:
    try:
        return f"--data-binary {shlex.quote(body.decode())}"
    except UnicodeDecodeError:
        return "--data-binary @request-body.bin"


def _show(exchange: Exchange) -> Shown:
    request = _message(f"{exchange.method} {exchange.path}", exchange.request_headers, exchange.request_body)
    first = f"HTTP {exchange.status}" if exchange.status else "（没有收到完整应答）"
    reply = _message(first, exchange.reply_headers, exchange.reply_body)
    lowered = {name.lower(): value for name, value in exchange.reply_headers.items()}
    milliseconds = round((exchange.t_reply_ns - exchange.t_invoke_ns) / 1e6, 1)
    request_id = lowered.get("x-request-id", "")
    return Shown(exchange, request, reply, curl_command(exchange), request_id, milliseconds)


def _message(first: str, headers: Mapping[str, str], body: bytes) -> str:
    lines = [first, *(f"{name}: {value}" for name, value in headers.items()), "", _body(body)]
    return "\n".join(lines).rstrip()


def _body(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return f"（{len(body)} 字节的二进制内容，见证据文件）"
    if len(text) <= MAX_BODY:
        return text
    return f"{text[:MAX_BODY]}\n…（共 {len(text)} 字，其余见证据文件）"


def compared(witness: Witness) -> tuple[str, ...]:
    """What an expectation held against what, and how it came out; nothing for a check of a history."""
    if "expectation" not in witness.facts:
        return ()
    relation = RELATION_ZH[witness.facts["expectation"]["relation"]]
    sides = (_side(witness.facts["expectation"][side], witness.facts.get(side)) for side in ("left", "right"))
    left, right = sides
    return (f"判定：{left}应{relation}{right}，不成立。",)


def measured_against(witness: Witness) -> dict[str, Any]:
    """The bounds of a check of a history; an expectation has been told in words."""
    return {} if "expectation" in witness.facts else witness.facts


def _side(term: Any, value: Any) -> str:
    if not isinstance(term, Mapping):
        return f" {plain(value)}"
    numbers = "、".join(str(number) for number in term["exchanges"][:8])
    more = "等" if len(term["exchanges"]) > 8 else ""
    where = term.get("pointer") or term.get("fold", "")
    return f"第 {numbers} 次{more}交互的 {where}（{plain(value)}）"


def plain(value: Any) -> str:
    """A figure or fact for a table cell."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.6g}"
    return json.dumps(value, ensure_ascii=False, default=str)
