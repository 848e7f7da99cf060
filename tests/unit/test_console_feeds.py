"""However many look, the target is asked once."""

import asyncio

import pytest

from voucher_console.feeds import Feeds
from voucher_console.line import Line, Problem, Refused

AWAY = Refused(Problem("unreachable", "无法连接", "away", 0))
SIGNED_OUT = Refused(Problem("invalid_token", "请登录", "sign in", 401))


class Asked:
    """What a fetch would get, and how often it was asked for."""

    def __init__(self) -> None:
        self.times = 0
        self.answer: object = "first"

    async def fetch(self) -> object:
        self.times += 1
        await asyncio.sleep(0.02)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def feeds() -> Feeds:
    return Feeds(Line("http://127.0.0.1:9", 1.0))


@pytest.mark.asyncio
async def test_twenty_who_look_at_once_ask_once(feeds: Feeds) -> None:
    asked = Asked()
    seen = await asyncio.gather(*(feeds.share(("a",), asked.fetch, max_age_s=5) for _ in range(20)))
    assert (asked.times, {one.value for one in seen}) == (1, {"first"})


@pytest.mark.asyncio
async def test_a_value_is_good_for_its_interval_and_no_longer(feeds: Feeds) -> None:
    asked = Asked()
    await feeds.share(("a",), asked.fetch, max_age_s=0.1)
    await feeds.share(("a",), asked.fetch, max_age_s=0.1)
    assert asked.times == 1
    await asyncio.sleep(0.12)
    await feeds.share(("a",), asked.fetch, max_age_s=0.1)
    assert asked.times == 2


@pytest.mark.asyncio
async def test_the_last_value_stays_when_the_target_is_gone_and_says_since_when(feeds: Feeds) -> None:
    asked = Asked()
    await feeds.share(("a",), asked.fetch, max_age_s=0)
    asked.answer = AWAY
    first = await feeds.share(("a",), asked.fetch, max_age_s=0)
    second = await feeds.share(("a",), asked.fetch, max_age_s=0)
    assert (second.value, second.problem) == ("first", AWAY.problem)
    assert second.failing_since == first.failing_since
    asked.answer = "back"
    assert (await feeds.share(("a",), asked.fetch, max_age_s=0)).problem is None


@pytest.mark.asyncio
async def test_one_officers_lost_sign_in_is_no_trouble_of_the_others(feeds: Feeds) -> None:
    asked, other = Asked(), Asked()
    asked.answer = SIGNED_OUT
    with pytest.raises(Refused):
        await feeds.share(("a",), asked.fetch, max_age_s=5)
    assert (await feeds.share(("a",), other.fetch, max_age_s=5)).value == "first"


@pytest.mark.asyncio
async def test_whoever_waits_for_an_officer_whose_sign_in_is_lost_asks_for_themselves(feeds: Feeds) -> None:
    lost, own = Asked(), Asked()
    lost.answer = SIGNED_OUT
    first = asyncio.create_task(feeds.share(("a",), lost.fetch, max_age_s=5))
    await asyncio.sleep(0)
    seen = await asyncio.gather(*(feeds.share(("a",), own.fetch, max_age_s=5) for _ in range(5)))
    with pytest.raises(Refused):
        await first
    assert (own.times, {(one.value, one.problem) for one in seen}) == (1, {("first", None)})


@pytest.mark.asyncio
async def test_a_page_that_is_closed_takes_no_value_from_the_others(feeds: Feeds) -> None:
    asked = Asked()
    closing = asyncio.create_task(feeds.share(("a",), asked.fetch, max_age_s=5))
    await asyncio.sleep(0)
    staying = asyncio.create_task(feeds.share(("a",), asked.fetch, max_age_s=5))
    await asyncio.sleep(0)
    closing.cancel()
    assert (await staying).value == "first"
    assert asked.times == 1
