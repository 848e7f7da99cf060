"""One signed request and its answer. Reads may be asked again; writes never are."""

import hashlib
import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from voucher_contract.adapters.favor_stock.account import Account
from voucher_contract.adapters.protocol import Surroundings
from voucher_contract.operations.protocol import Call, Reply, Wait

Result = TypeVar("Result")
Asking = Generator[Call | Wait, Reply | None, Result]
BEIJING = timezone(timedelta(hours=8))
FAVOR = "/v3/marketing/favor"
_READS, _READ_PAUSE_S = 4, 0.1


@dataclass(frozen=True)
class Answer:
    """A reply and its JSON; ``{}`` where there is none."""

    reply: Reply
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """A 200 that can be read."""
        return self.reply.status == 200 and bool(self.body)

    @property
    def code(self) -> str:
        """The wire's error code."""
        return str(self.body.get("code", ""))

    @property
    def message(self) -> str:
        """The wire's error text."""
        return str(self.body.get("message", ""))

    @property
    def came_whole(self) -> bool:
        """Whether the platform itself answered, and not with a fault of its own."""
        return 200 <= self.reply.status < 500 and self.reply.status != 429


@dataclass(frozen=True)
class Wire:
    """The signed line of one merchant account. ``sign``: SHA-256 with RSA, in base64."""

    account: Account
    surroundings: Surroundings
    sign: Callable[[bytes], str]

    def post(self, path: str, body: Mapping[str, Any]) -> Asking[Answer]:
        """A write, sent once."""
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return self._asked(self._signed("POST", path, raw))

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Asking[Answer]:
        """A read; asked again, at most three times, while it is lost or shed."""
        target = path + (f"?{urlencode(query)}" if query else "")
        answer = yield from self._asked(self._signed("GET", target, b""))
        for _ in range(_READS - 1):
            if answer.came_whole:
                break
            yield Wait(_READ_PAUSE_S)
            answer = yield from self._asked(self._signed("GET", target, b""))
        return answer

    def poll(
        self, path: str, query: Mapping[str, str], done: Callable[[Mapping[str, Any]], bool], *, times: int = 40
    ) -> Asking[Answer]:
        """A read asked again, ten times a second, until it says ``done``; what was read last."""
        answer = yield from self.get(path, query)
        for _ in range(times):
            if not answer.ok or done(answer.body):
                break
            yield Wait(_READ_PAUSE_S)
            answer = yield from self.get(path, query)
        return answer

    def number(self, *parts: str) -> str:
        """A merchant's number of 32 characters, the same for the same parts: what makes a repetition a repetition."""
        return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]

    def now(self) -> datetime:
        """The tester's clock."""
        return datetime.fromtimestamp(self.surroundings.now(), UTC)

    def _asked(self, call: Call) -> Asking[Answer]:
        reply = yield call
        assert reply is not None, "a driver answers every call"
        try:
            body = json.loads(reply.body)
        except ValueError:
            body = {}
        return Answer(reply, body if isinstance(body, dict) else {})

    def _signed(self, method: str, target: str, body: bytes) -> Call:
        """``Authorization`` as documented: method, target, time, nonce, body, each with a line feed."""
        timestamp, nonce = str(int(self.surroundings.now())), self.surroundings.nonce()
        signature = self.sign(f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n")
        authorization = (
            f'WECHATPAY2-SHA256-RSA2048 mchid="{self.account.mchid}",nonce_str="{nonce}",signature="{signature}",'
            f'timestamp="{timestamp}",serial_no="{self.account.serial_no}"'
        )
        headers = {"Authorization": authorization, "Accept": "application/json"}
        if body:
            headers["Content-Type"] = "application/json"
        return Call(method, target, headers, body or None)


def segment(text: str) -> str:
    """One segment of a path."""
    return quote(text, safe="")


def instant(text: str) -> datetime:
    """A time of the wire, RFC 3339."""
    return datetime.fromisoformat(text)


def said(time: datetime) -> str:
    """A time as the wire takes it, in Beijing time to the millisecond."""
    return time.astimezone(BEIJING).isoformat(timespec="milliseconds")
