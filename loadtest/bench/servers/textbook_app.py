"""The textbook: how a claim is usually written. FastAPI, pydantic, redis-py and one script; nothing is durable.

It checks no token, keeps no idempotency key, charges no limit and writes no database, so it has the easier task.
"""

import os
import secrets
from datetime import UTC, datetime

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from redis.asyncio import BlockingConnectionPool, Redis

_STOCK = 10**9
_TAKE = """
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 1 then return -1 end
local left = tonumber(redis.call('GET', KEYS[1]) or ARGV[2])
if left <= 0 then return -2 end
redis.call('SET', KEYS[1], left - 1)
redis.call('SADD', KEYS[2], ARGV[1])
return left
"""


class Claim(BaseModel):
    """Who asks, by device."""

    device: str


class Voucher(BaseModel):
    """The fields of a voucher as the contract has them."""

    id: str
    batch_id: str
    state: str
    face_fen: int
    threshold_fen: int
    code: str
    nth: int
    claimed_at: datetime
    valid_from: datetime
    valid_until: datetime


app = FastAPI()
_URL = os.environ.get("TEXTBOOK_REDIS_URL", "redis://127.0.0.1:6379/0")
# The pool that one gets unasked answers an error to whoever finds its hundred connections in use.
_redis = Redis(connection_pool=BlockingConnectionPool.from_url(_URL, max_connections=64, timeout=None))
_take = _redis.register_script(_TAKE)


@app.get("/v1/health")
async def health() -> dict[str, str]:
    """Up."""
    return {"status": "ok"}


@app.post("/v1/batches/{batch_id}/claims", status_code=201)
async def claim(batch_id: str, body: Claim) -> Voucher:
    """One voucher a device."""
    left = await _take(keys=[f"stock:{batch_id}", f"holders:{batch_id}"], args=[body.device, _STOCK])
    if left < 0:
        raise HTTPException(409, "limit_reached" if left == -1 else "sold_out")
    now = datetime.now(UTC)
    return Voucher(
        id=secrets.token_hex(12), batch_id=batch_id, state="issued", face_fen=3_000, threshold_fen=10_000,
        code=secrets.token_hex(8), nth=1, claimed_at=now, valid_from=now, valid_until=now,
    )  # fmt: skip
