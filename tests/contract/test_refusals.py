"""Every code of the contract is produced over HTTP, as a problem that a person and a program can read."""

import httpx
import pytest

from tests.scenario.refusing import asking, claiming, faults, spending
from tests.scenario.refusing.table import STORIES
from tests.scenario.world import World
from voucher_contract.models.common import ProblemDetail
from voucher_contract.refusals import REFUSALS

TOLD_IN = (asking, claiming, spending, faults)
"""The modules whose stories make the table; faults come last, for they take a while to heal."""


def check_problem(reply: httpx.Response, code: str) -> None:
    """The reply is the documented problem: status, media type, both languages, retryable, how long to wait."""
    refusal = REFUSALS[code]
    assert reply.headers["content-type"].partition(";")[0] == "application/problem+json", reply.text
    problem = ProblemDetail.model_validate_json(reply.content)
    assert (problem.code, reply.status_code) == (code, refusal.status), reply.text
    assert (problem.title, problem.title_zh) == (refusal.en, refusal.zh)
    assert (problem.status, problem.retryable) == (refusal.status, refusal.retryable)
    assert problem.type.endswith(code)
    assert problem.request_id == reply.headers["x-request-id"]
    if refusal.status in {429, 503}:
        assert int(reply.headers["retry-after"]) >= 1
        assert problem.retry_after_ms is not None
        assert problem.retry_after_ms > 0


@pytest.mark.parametrize("code", STORIES)
def test_this_story_ends_in(world: World, code: str) -> None:
    check_problem(STORIES[code](world), code)


def test_a_second_rate_limit_guards_signing_in(world: World) -> None:
    """One of the two processes counts eleven wrong tries of a login that nobody else uses."""
    with world.platform.fresh_client() as client:
        tries = [client.post("/v1/sessions", json={"login": "guessed", "password": "wrong"}) for _ in range(11)]
    assert {reply.json()["code"] for reply in tries[:10]} == {"bad_credentials"}
    check_problem(tries[10], "rate_limited")


def test_the_stories_cover_every_code_of_the_contract() -> None:
    assert set(STORIES) == set(REFUSALS)
