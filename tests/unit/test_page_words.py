"""The words of the pages: whole in both languages, none missing, none unused."""

import re
import tomllib
from pathlib import Path

import pytest

from voucher_contract import routes
from voucher_contract.models.common import CATEGORY_NAMES, DISTRICTS
from voucher_platform.pages.assets import STATIC, assets, imported_by
from voucher_platform.pages.rules import Language
from voucher_platform.pages.texts import WORDS, words_of

PAGES = ["phone", "till"]
TEMPLATES = WORDS.with_name("templates")
# Named by what the platform says, not by a script: `say(`advice.${code}`)`.
FAMILIES = ("advice.", "state.", "next.", "voucher.", "photo.", "do.", "d.", "c.", "refusal.")


def scripts_of(page: str) -> str:
    names = {asset.name: own for own, asset in assets().items()}
    own = [f"{page}.js", *(names[hashed] for hashed in imported_by(f"{page}.js"))]
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in own)


def said_by(page: str) -> set[str]:
    """Every text that a script or a template of the page names."""
    shown = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("base.html", f"{page}.html"))
    return set(re.findall(r'words\["([^"]+)"\]', shown)) | set(
        re.findall(r'"([a-z_]+(?:\.[a-z_]+)*)"', scripts_of(page))
    )


def written(name: str) -> set[str]:
    return set(tomllib.loads((WORDS / f"{name}.toml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_text_that_is_said_is_written(page: str, language: Language) -> None:
    words = words_of(page, language)
    script = scripts_of(page)
    called = set(re.findall(r'say(?:Whole)?\("([^"]+)"', script))
    shown = {name for name in said_by(page) if "." in name and name.startswith(FAMILIES)}
    assert len(called) > 20
    assert called | shown <= words.keys() | {"d.", "c."}, (called | shown) - words.keys()


@pytest.mark.parametrize("page", PAGES)
def test_every_text_that_is_written_is_said(page: str) -> None:
    unused = {name for name in written(page) - said_by(page) if not name.startswith(FAMILIES)}
    assert not unused


def test_shared_texts_are_said_by_some_page() -> None:
    assert not written("shared") - said_by("phone") - said_by("till")


@pytest.mark.parametrize(
    ("page", "route"), [("phone", routes.CLAIM), ("phone", routes.REDEEM), ("till", routes.REDEEM)]
)  # fmt: skip
def test_every_refusal_says_what_to_do_next(page: str, route: routes.Route) -> None:
    states = {"unknown_batch", "paused", "closed", "sold_out", "rate_limited", "unknown_voucher"}
    told = {f"advice.{refusal.code}" for refusal in route.refusals if page == "till" or refusal.code not in states}
    assert told <= words_of(page, "en").keys()


@pytest.mark.parametrize("page", PAGES)
def test_texts_of_both_languages_take_the_same_values(page: str) -> None:
    chinese, english = words_of(page, "zh"), words_of(page, "en")
    assert chinese.keys() == english.keys()
    slots = re.compile(r"\{\w+\}")
    assert [key for key in chinese if set(slots.findall(chinese[key])) != set(slots.findall(english[key]))] == []
    assert [key for key, text in english.items() if re.search(r"[一-鿿]", text) and key != "language.other"] == []


def test_every_district_and_industry_has_an_english_name() -> None:
    named = tomllib.loads((WORDS / "lists.toml").read_text(encoding="utf-8"))
    assert (named["d"].keys(), named["c"].keys()) == (DISTRICTS.keys(), CATEGORY_NAMES.keys())


def test_no_file_of_a_page_is_loaded_from_elsewhere() -> None:
    for path in [*STATIC.iterdir(), *TEMPLATES.iterdir()]:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "//" not in re.sub(r"^\s*//.*$|\s// .*$", "", text, flags=re.MULTILINE), Path(path).name
