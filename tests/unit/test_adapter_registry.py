"""Adapters by name, ours and a third party's."""

import sys
from pathlib import Path

import pytest

from voucher_contract.adapters.native import NativeAdapter
from voucher_contract.adapters.protocol import Surroundings
from voucher_contract.adapters.registry import UnknownAdapter, load_adapter

AROUND = Surroundings(now=lambda: 0.0, nonce=lambda: "nonce", options={"colour": "red"})


def test_our_own_adapter_is_found_by_its_name() -> None:
    adapter = load_adapter("native", AROUND)
    assert isinstance(adapter, NativeAdapter)
    assert adapter.missing("claim") is None
    assert adapter.meta() is None


def test_a_third_partys_factory_is_given_the_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "their_adapter.py").write_text(
        "from voucher_contract.adapters.native import NativeAdapter\n"
        "class Theirs(NativeAdapter):\n"
        "    def __init__(self, around):\n"
        "        self.name = around.options['colour']\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert load_adapter("their_adapter:Theirs", AROUND).name == "red"
    sys.modules.pop("their_adapter")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no-such", "neither one of native, favor_stock nor package.module:factory"),
        ("json:", "neither one of"),
        ("no_such_package_at_all:make", "cannot be imported"),
        ("json:no_such_factory", "has no callable no_such_factory"),
        ("json:__doc__", "has no callable __doc__"),
    ],
)
def test_a_name_that_leads_nowhere_says_why(name: str, says: str) -> None:
    with pytest.raises(UnknownAdapter, match=says):
        load_adapter(name, AROUND)


def test_an_adapter_that_lacks_its_options_says_which() -> None:
    signed = Surroundings(AROUND.now, AROUND.nonce, lambda content: content.hex(), {"mchid": "1"})
    with pytest.raises(ValueError, match="appid, serial_no"):
        load_adapter("favor_stock", signed)
    with pytest.raises(ValueError, match="signing_key_env"):
        load_adapter("favor_stock", AROUND)
