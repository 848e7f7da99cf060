"""Cases of the same request twice, on every operation that takes a key.

Each is sent four times at once over four groups of connections and once more later; and, in cases of their own, again
under its key with another content.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from loadtest.cases.keyed_scenes import SCENES, Asked, Scene
from loadtest.cases.playing import play
from loadtest.evidence.exchange import Exchange
from loadtest.lab.lab import Lab, every, look
from loadtest.lab.line import new_key
from voucher_contract import routes


def _sender(lab: Lab, asked: Asked) -> Callable[..., Awaitable[Exchange]]:
    return partial(lab.do, asked.route, asked.caller, key=new_key(), media_type=asked.media_type, query=asked.query)


async def _repeated(lab: Lab, asked: Asked) -> None:
    """One effect under one key, and the same answer for ever."""
    send, title, name = _sender(lab, asked), asked.route.title_zh, asked.route.name
    at_once = await asyncio.gather(*(send(body=asked.body, connection=turn, **asked.path) for turn in range(1, 5)))
    lab.expect(every(at_once, "/outcome=ok/value", "distinct"), "eq", 1, f"{title}：同时重复四次只有一个结果",
               f"{name} four times at once has one outcome", spec="S-19")  # fmt: skip
    later = await send(body=asked.body, connection=5, **asked.path)
    lab.expect_ok(later, f"{title}：之后重复仍得到答复", f"{name} is answered when repeated later", spec="S-16")
    lab.expect(look(later, "/replayed"), "eq", True, f"{title}：答复注明为重复", f"{name} says replayed", spec="S-16")
    for part, zh in (("value", "内容"), ("status", "状态码")):
        same = every([*at_once, later], f"/outcome=ok/{part}", "distinct")
        lab.expect(same, "eq", 1, f"{title}：答复{zh}与第一次相同", f"{name}: the {part} of the first", spec="S-16")


async def _reused(lab: Lab, asked: Asked) -> None:
    """Another request under the key is refused, and the first is answered as before."""
    send, title, name = _sender(lab, asked), asked.route.title_zh, asked.route.name
    first = await send(body=asked.body, **asked.path)
    lab.got(first)
    body = asked.body if asked.other_body is None else asked.other_body
    other = await send(body=body, connection=1, **(asked.other_path or asked.path))
    lab.expect_refused(other, "key_reused", f"{title}：同键换内容被拒绝", f"{name}: another request", spec="S-17")
    again = await send(body=asked.body, connection=2, **asked.path)
    lab.expect_same(first, again, "", f"{title}：原请求的结果不变", f"{name}: the first is as it was", spec="S-17")


def _register(name: str, scene: Scene) -> None:
    @play(f"idempotency-{name}")
    async def repeated(lab: Lab) -> None:
        async for asked in scene(lab):
            await _repeated(lab, asked)

    @play(f"reuse-{name}")
    async def reused(lab: Lab) -> None:
        async for asked in scene(lab):
            await _reused(lab, asked)


for _name, _scene in SCENES.items():
    _register(_name, _scene)


@play("idempotency-claims-over-connections")
async def claims_over_connections(lab: Lab) -> None:
    """A key that won is repeated over eight connections, one after the other."""
    batch, person, key = await lab.batch(per_person_limit=9), await lab.person(), new_key()
    sent = [await lab.claim(person, batch, key=key, connection=turn) for turn in range(1, 9)]
    lab.expect(every(sent, "/outcome=ok", "count"), "eq", 8, "每次重复都得到答复", "each is answered", spec="S-16")
    lab.expect(every(sent, "/value/id", "distinct"), "eq", 1, "换连接重复仍是同一张券", "one voucher", spec="S-16")
    held = await lab.do(routes.LIST_VOUCHERS, person)
    lab.expect(every([held], "/value/items/*", "count"), "eq", 1, "名下只有一张券", "one is held", spec="S-16")


@play("idempotency-key-scope")
async def key_scope(lab: Lab) -> None:
    """A key belongs to one principal and one operation: two people may choose the same."""
    batch, key = await lab.batch(), new_key()
    one, other = await lab.people(2)
    first, second = await lab.claim(one, batch, key=key), await lab.claim(other, batch, key=key)
    lab.expect(every([first, second], "/outcome=ok", "count"), "eq", 2, "两人用同一键各得一张",
               "two people with one key get one each", spec="S-15")  # fmt: skip
    lab.expect(every([first, second], "/value/id", "distinct"), "eq", 2, "是不同的券", "of their own", spec="S-15")
    paused = await lab.act(routes.PAUSE_BATCH, batch_id=batch["id"], key=key)
    resumed = await lab.act(routes.RESUME_BATCH, batch_id=batch["id"], key=key)
    lab.expect(every([paused, resumed], "/outcome=ok", "count"), "eq", 2, "不同操作可用同一键",
               "two operations may be given one key", spec="S-15")  # fmt: skip
