"""The table of stories by code."""

from collections.abc import Callable
from typing import TypeVar

import httpx

from tests.scenario.world import World
from voucher_contract.refusals import Refusal

Story = Callable[[World], httpx.Response]
Told = TypeVar("Told", bound=Story)
STORIES: dict[str, Story] = {}


def tells(refusal: Refusal) -> Callable[[Told], Told]:
    """Enter the story that ends in ``refusal``; its last reply is what it returns."""

    def enter(story: Told) -> Told:
        assert refusal.code not in STORIES, refusal.code
        STORIES[refusal.code] = story
        return story

    return enter
