"""The platform inside the test: the real application over a real database, reached without a socket."""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from voucher_contract.models.common import Role
from voucher_platform.app import build_app, framed
from voucher_platform.core.acting import Core
from voucher_platform.core.auth import Principal, seal
from voucher_platform.settings import Settings

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Api:
    """One running application. Paths and bodies in, replies out."""

    client: httpx.AsyncClient
    core: Core

    def token(self, role: Role, name: str = "somebody", **fields: str) -> str:
        """A token of this platform for anybody."""
        return seal(Principal(role, name, **fields), self.core.settings.token_secret, 3600)[0]

    async def send(
        self, method: str, path: str, *, role: Role | None = None, token: str | None = None, key: str | None = None,
        body: Any = None, content: bytes | None = None, media_type: str = "application/json",
    ) -> httpx.Response:  # fmt: skip
        """One request, with a fresh idempotency key unless one is given."""
        headers = {"Idempotency-Key": key or secrets.token_hex(16)}
        if role is not None or token is not None:
            headers["Authorization"] = f"Bearer {token or self.token(role or 'consumer', f'{role}1')}"
        if body is not None:
            content = json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = media_type
        return await self.client.request(method, path, headers=headers, content=content)


def settings_of(database_url: str, redis_url: str, **more: Any) -> Settings:
    """Settings of a test platform."""
    values = {"token_secret": "t" * 32, "identity_secret": "i" * 32, "sandbox": True, "poll_ms": 50, "database_pool": 8}
    return Settings.model_validate({"database_url": database_url, "redis_url": redis_url, **values, **more})


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Api]:
    """The application of `settings`, started and stopped."""
    app = build_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=framed(app, settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://test", timeout=60) as client:
            yield Api(client, app.state.core)


@pytest.fixture
def staff_file(tmp_path: Path) -> Path:
    """A staff list with one sign-in for each role."""
    path = tmp_path / "staff.json"
    roles = ("bureau", "auditor", "operator")
    path.write_text(json.dumps([{"login": f"{r}1", "password": PASSWORD, "role": r, "name": r} for r in roles]))
    return path


@pytest_asyncio.fixture
async def api(database_url: str, redis_url: str, staff_file: Path) -> AsyncIterator[Api]:
    """A platform in its sandbox."""
    async with running(settings_of(database_url, redis_url, staff_file=str(staff_file))) as started:
        yield started
