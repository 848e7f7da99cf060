"""Who and what takes part in a step: people, batches, tills, vouchers. Rows of these lists are the history's numbers.

Tokens and codes are secrets: the file is readable by its owner alone and lies in ``secrets/``, which no bundle takes.
"""

import json
import os
import secrets
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from loadtest.agreed.adapter import signer
from voucher_contract.adapters.protocol import Adapter, Surroundings
from voucher_contract.adapters.registry import load_adapter

SECRETS, _FILE = "secrets", "cast.json"


@dataclass(frozen=True)
class Person:
    """One account that claims. ``human`` is equal for the accounts of one natural person."""

    account: str
    human: int
    token: str


@dataclass(frozen=True)
class Till:
    """One till of a shop, with where the shop is and what it sells."""

    number: str
    merchant_id: str
    category: str
    district: str
    token: str


@dataclass(frozen=True)
class Held:
    """A voucher claimed before the step. ``person`` is the row of its holder, ``key`` that of its claim."""

    id: str
    code: str
    batch: int
    person: int
    key: int


@dataclass(frozen=True)
class Redeemed:
    """A redemption made before the step, of voucher row ``voucher`` at till row ``till``."""

    id: str
    voucher: int
    till: int
    payable_fen: int


@dataclass(frozen=True)
class AdapterChoice:
    """The wire that is spoken, and what its adapter is told. ``signing_key_env`` names where the tester's key is."""

    name: str = "native"
    options: dict[str, str] = field(default_factory=dict)
    signing_key_env: str | None = None

    def load(self) -> Adapter:
        """The adapter, for a process of its own. Raises ValueError."""
        key = os.environ.get(self.signing_key_env) if self.signing_key_env else None
        sign = signer(key.encode()) if key else None
        return load_adapter(self.name, Surroundings(time.time, lambda: secrets.token_hex(16), sign, self.options))


@dataclass(frozen=True)
class Cast:
    """Everybody. ``run`` makes the idempotency keys of this step unlike those of any other."""

    run: str
    people: list[Person]
    batches: list[str]
    tills: list[Till] = field(default_factory=list)
    vouchers: list[Held] = field(default_factory=list)
    redemptions: list[Redeemed] = field(default_factory=list)
    officer_token: str | None = None
    adapter: AdapterChoice = field(default_factory=AdapterChoice)

    def write(self, folder: Path) -> None:
        """Store it below ``folder``, for its owner's eyes."""
        place = folder / SECRETS
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = json.dumps(asdict(self), ensure_ascii=False).encode()
        descriptor = os.open(place / _FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The inverse of ``write``."""
        flat: dict[str, Any] = json.loads((folder / SECRETS / _FILE).read_text(encoding="utf-8"))
        parts = {"people": Person, "tills": Till, "vouchers": Held, "redemptions": Redeemed}
        for name, part in parts.items():
            flat[name] = [part(**one) for one in flat[name]]
        flat["adapter"] = AdapterChoice(**flat["adapter"])
        return cls(**flat)
