"""One running platform and everybody who may talk to it, over real HTTP."""

import json
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.scenario.sql import Sql
from voucher_contract import routes
from voucher_contract.routes import Route
from voucherlab.platform_process import PlatformProcess, ReadyPlatform

STAFF = {"maker": "bureau1", "checker": "bureau2", "auditor": "auditor1", "operator": "operator1"}
_AUTOMATIC = object()
_TAKE_SECONDS = 10.0


@dataclass(frozen=True)
class Platform:
    """The process, its database as owner, one connection pool, and the staff's tokens by who they are."""

    process: PlatformProcess
    ready: ReadyPlatform
    sql: Sql
    client: httpx.Client
    staff: dict[str, str]

    @property
    def token_secret(self) -> str:
        """What tokens are sealed with; tests make expired ones with it."""
        stored = json.loads((self.process.data_dir / "secrets.json").read_text(encoding="utf-8"))
        return str(stored["token_secret"])

    def send(
        self, route: Route, token: str | None = None, *, key: Any = _AUTOMATIC, body: Any = None,
        content: bytes | None = None, media_type: str | None = None, query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None, client: httpx.Client | None = None, **path: str,
    ) -> httpx.Response:  # fmt: skip
        """One request. A keyed route gets a fresh key unless ``key`` is given; ``None`` sends none."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if key is not _AUTOMATIC and key is not None:
            sent["Idempotency-Key"] = str(key)
        elif key is _AUTOMATIC and route.keyed:
            sent["Idempotency-Key"] = new_key()
        if body is not None:
            content = json.dumps(body).encode()
        if content is not None:
            sent["Content-Type"] = media_type or "application/json"
        return (client or self.client).request(
            route.method, route.path.format(**path), headers=sent, content=content, params=query
        )

    def do(self, route: Route, token: str, **asked: Any) -> Any:
        """A request that must succeed; its JSON."""
        reply = self.send(route, token, **asked)
        assert reply.status_code == route.status, f"{route.name}: {reply.status_code} {reply.text}"
        return reply.json()

    def now(self) -> datetime:
        """The business time."""
        return datetime.fromisoformat(self.do(routes.GET_CLOCK, self.staff["operator"])["now"])

    def advance(self, **by: float) -> datetime:
        """Move the business clock forward by a ``timedelta``'s arguments; the new time."""
        moved = {"now": (self.now() + timedelta(**by)).isoformat()}
        return datetime.fromisoformat(self.do(routes.SET_CLOCK, self.staff["operator"], body=moved)["now"])

    def wait_taken(self) -> None:
        """Return when every live process has taken the present version of the catalogue."""
        deadline = time.monotonic() + _TAKE_SECONDS
        while self.sql.one(_BEHIND):
            assert time.monotonic() < deadline, "a process does not take the change"
            time.sleep(0.02)

    def fresh_client(self) -> httpx.Client:
        """A client with connections of its own, which may reach another API process."""
        return httpx.Client(base_url=self.ready.base_url, timeout=30, trust_env=False)


def new_key() -> str:
    """A fresh idempotency key."""
    return secrets.token_hex(16)


def start_platform(folder: Path, *options: str, environment: dict[str, str] | None = None) -> Platform:
    """`voucherlab serve --sandbox` with two API processes and its own servers, quick to take changes."""
    process = PlatformProcess(
        folder / "data", arguments=("--sandbox", "--api-workers", "2", *options),
        environment={"VOUCHERLAB_POLL_MS": "50", "VOUCHERLAB_DYNAMIC_CODE_SECONDS": "1", **(environment or {})},
    )  # fmt: skip
    ready = process.start()
    client = httpx.Client(base_url=ready.base_url, timeout=60, trust_env=False)
    return Platform(process, ready, Sql(ready.database_url), client, _sign_in(client, ready.staff_file))


def stop_platform(platform: Platform) -> None:
    """End everything of it."""
    platform.client.close()
    platform.sql.close()
    platform.process.stop()


def _sign_in(client: httpx.Client, staff_file: Path) -> dict[str, str]:
    passwords = {one["login"]: one["password"] for one in json.loads(staff_file.read_text(encoding="utf-8"))}
    tokens = {}
    for who, login in STAFF.items():
        reply = client.post(routes.SIGN_IN.path, json={"login": login, "password": passwords[login]})
        tokens[who] = str(reply.json()["token"])
    return tokens


_BEHIND = (
    "SELECT count(*) FROM live_process, platform_state WHERE seen_version < version"
    " AND heartbeat_at > clock_timestamp() - interval '5 seconds'"
)
