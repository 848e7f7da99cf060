"""What an emulated vendor is started with: who exists, whose signature counts, how slow it is, what is wrong."""

import tomllib
from importlib import resources
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from loadtest.agreed.reading import Strict

Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{6,20}$")]


class User(Strict):
    """One account. Accounts of one ``person`` are one natural person; an ``abnormal`` one is stopped by risk rules."""

    openid: str
    person: str
    abnormal: bool = False


class MerchantAccount(Strict):
    """A merchant that can be paid (``sub_mchid``)."""

    mchid: Digits
    name: str


class Settings(Strict):
    """``activation_s``, ``refund_s``: how long a batch is in review and a refund under way, in seconds.

    ``flows_at_once``: flow files may be fetched at any time instead of from 10:00 on the day after the activity.
    """

    port: int
    creator_mchid: Digits = "1900000109"
    appid: str = "wx00000000000000aa"
    serial_no: str = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
    tester_public_key: str
    api_v3_key: str = Field(min_length=32, max_length=32)
    users: tuple[User, ...]
    merchants: tuple[MerchantAccount, ...]
    defects: frozenset[str] = frozenset()
    activation_s: float = 0.2
    refund_s: float = 0.05
    callback_pause_s: float = 60.0
    flows_at_once: bool = False

    @field_validator("defects")
    @classmethod
    def _known(cls, defects: frozenset[str]) -> frozenset[str]:
        if unknown := defects - set(defect_names()):
            raise ValueError(f"no such defect: {', '.join(sorted(unknown))}")
        return defects


def defect_names() -> tuple[str, ...]:
    """The names in ``defects.toml``."""
    text = resources.files("loadtest.favor_stock_vendor").joinpath("defects.toml").read_text(encoding="utf-8")
    return tuple(one["name"] for one in tomllib.loads(text)["defect"])
