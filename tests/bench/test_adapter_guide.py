"""The guide's adapter is taken out of the guide and run against the platform it was written for."""

import asyncio
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from loadtest.agreed.adapter import adapter_of
from loadtest.agreed.target import Target
from loadtest.cases.playing import judge_played, play_all
from loadtest.evidence.result import CaseResult
from loadtest.lab.given import people_of
from loadtest.lab.world import Limits, open_world
from loadtest.verdicts import Verdict
from tests.scenario.favor_stock import functional
from tests.scenario.lantern import Lantern
from tests.tidy.tree import ROOT

GUIDES = [ROOT / "platform/docs/write-an-adapter.md", ROOT / "platform/docs/write-an-adapter.zh-CN.md"]
PASSES = {
    "claiming-limit-of-two", "claiming-unknown-batch", "races-forty-for-ten", "stock-sold-out-is-final",
    "stock-whole-quota",
}  # fmt: skip
PEOPLE = "person,token\n" + "".join(f"p{number},u{number}\n" for number in range(700))


def _blocks(guide: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", guide.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65_537, key_size=2_048)


@pytest.fixture(scope="module", autouse=True)
def example(tmp_path_factory: pytest.TempPathFactory, key: RSAPrivateKey) -> Iterator[None]:
    """The adapter of the guide can be imported, and the key of its target file is in the environment."""
    folder = tmp_path_factory.mktemp("guide")
    (folder / "lantern_adapter.py").write_text(_blocks(GUIDES[0], "python")[0], encoding="utf-8")
    sys.path.insert(0, str(folder))
    os.environ["LANTERN_KEY"] = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    yield
    sys.path.remove(str(folder))
    sys.modules.pop("lantern_adapter", None)
    del os.environ["LANTERN_KEY"]


def _target(base_url: str) -> Target:
    """The target file of the guide, with this test's address."""
    (toml,) = _blocks(GUIDES[0], "toml")
    return Target.model_validate({**tomllib.loads(toml), "base_url": base_url, "permit": None})


async def _verdicts(lantern: Lantern, ids: tuple[str, ...] = ()) -> dict[str, CaseResult]:
    cases = functional(ids)
    target = _target(lantern.base_url)
    world = await open_world(
        base_url=lantern.base_url, adapter=adapter_of(target), logins=(), limits=Limits(), csv_people=people_of(PEOPLE)
    )
    try:
        played = await play_all(world, cases)
    finally:
        await world.close()
    by_id = {case.id: case for case in cases}
    return {one.case_id: judge_played(by_id[one.case_id], one) for one in played}


def test_the_guides_adapter_passes_what_its_wire_can_do(key: RSAPrivateKey) -> None:
    lantern = Lantern(key.public_key())
    try:
        results = asyncio.run(_verdicts(lantern))
    finally:
        lantern.close()
    assert {one.case_id for one in results.values() if one.verdict is Verdict.PASS} >= PASSES
    accusing = {Verdict.FAIL, Verdict.WARN, Verdict.INVALID}
    assert not [(one.case_id, one.actual_zh) for one in results.values() if one.verdict in accusing]


def test_the_guides_adapter_lets_an_oversold_act_be_found(key: RSAPrivateKey) -> None:
    lantern = Lantern(key.public_key(), oversells=True)
    try:
        results = asyncio.run(_verdicts(lantern, ("races-forty-for-ten",)))
    finally:
        lantern.close()
    assert results["races-forty-for-ten"].verdict is Verdict.FAIL


def test_the_signature_of_the_guide_is_looked_at(key: RSAPrivateKey) -> None:
    other = generate_private_key(public_exponent=65_537, key_size=2_048)
    lantern = Lantern(other.public_key())
    try:
        with pytest.raises(Exception, match="bad_signature"):
            asyncio.run(_verdicts(lantern, ("races-forty-for-ten",)))
    finally:
        lantern.close()


def test_both_languages_show_the_same_program_and_target() -> None:
    english, chinese = GUIDES
    for language in ("python", "toml"):
        assert _blocks(english, language) == _blocks(chinese, language)
    assert _blocks(english, "python")
