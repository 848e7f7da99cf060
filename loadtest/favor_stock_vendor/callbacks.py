"""Uses told to the creator of a batch: at least once, answered within 5 s, repeated up to nine times."""

import asyncio
import base64
import json
import secrets
from typing import Any

import httpx
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from loadtest.favor_stock_vendor import refusing
from loadtest.favor_stock_vendor.books import Books, Coupon, now, said
from loadtest.favor_stock_vendor.coupons import shown
from loadtest.favor_stock_vendor.wire import Callback

ANSWER_WITHIN_S = 5.0
REPETITIONS = 9


def set_address(books: Books, asked: Callback) -> dict[str, Any]:
    """Where uses are told from now on."""
    _refuse_strangers(books, asked.mchid)
    books.notify_url = asked.notify_url
    return {"update_time": said(now()), "notify_url": asked.notify_url}


def address(books: Books, mchid: str) -> dict[str, Any]:
    """Where uses are told."""
    _refuse_strangers(books, mchid)
    return {"notify_url": books.notify_url or "", "mchid": mchid}


def _refuse_strangers(books: Books, mchid: str) -> None:
    if mchid != books.settings.creator_mchid:
        raise refusing.merchant_unknown()


def tell_use(books: Books, coupon: Coupon) -> None:
    """Tell that a coupon was used, in the background; without an address nobody is told."""
    if books.notify_url is None:
        return
    body = notification(shown(coupon), books.settings.api_v3_key.encode())
    task = asyncio.create_task(_deliver(books.notify_url, body, books.settings.callback_pause_s))
    books.tasks.add(task)
    task.add_done_callback(books.tasks.discard)


def notification(resource: dict[str, Any], api_v3_key: bytes) -> bytes:
    """The body: the coupon as JSON, sealed with AEAD_AES_256_GCM under the creator's key."""
    nonce, associated = secrets.token_hex(6), "coupon"
    plain = json.dumps(resource, ensure_ascii=False).encode()
    sealed = AESGCM(api_v3_key).encrypt(nonce.encode(), plain, associated.encode())
    return json.dumps({
        "id": f"EV-{secrets.token_hex(12)}", "create_time": said(now()), "resource_type": "encrypt-resource",
        "event_type": "COUPON.USE", "summary": "用券成功",
        "resource": {
            "original_type": "coupon", "algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": associated,
            "ciphertext": base64.b64encode(sealed).decode(),
        },
    }, ensure_ascii=False).encode()  # fmt: skip


def opened(body: bytes, api_v3_key: bytes) -> dict[str, Any]:
    """The inverse of ``notification``, as a receiver does it. Raises InvalidTag for a forged one."""
    resource = json.loads(body)["resource"]
    sealed = base64.b64decode(resource["ciphertext"])
    plain = AESGCM(api_v3_key).decrypt(resource["nonce"].encode(), sealed, resource["associated_data"].encode())
    coupon: dict[str, Any] = json.loads(plain)
    return coupon


async def _deliver(url: str, body: bytes, pause_s: float) -> None:
    async with httpx.AsyncClient(timeout=ANSWER_WITHIN_S, trust_env=False) as client:
        for repetition in range(REPETITIONS + 1):
            if repetition:
                await asyncio.sleep(pause_s)
            try:
                reply = await client.post(url, content=body, headers={"Content-Type": "application/json"})
            except httpx.HTTPError:
                continue
            if reply.status_code in {200, 204}:
                return
