"""target.toml: where the platform is, how to speak with it, and that somebody allowed the test."""

import os
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from loadtest.agreed.reading import ConfigurationError, Strict

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
EnvName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
StaffRole = Literal["bureau", "auditor", "operator"]


class StaffLogin(Strict):
    """One officer. The password is in the environment variable ``password_env``, never in the file."""

    role: StaffRole
    login: Word
    password_env: EnvName


class Credentials(Strict):
    """Two of the bureau (maker and checker), one auditor, one operator; people by CSV where no sandbox makes them.

    ``staff_file``: a JSON list of {login, password, role}, as `voucherlab serve` writes it, instead of ``staff``;
    neither on a wire without sign-ins. ``shops_csv``: shops and tills where the wire takes no roster.
    ``signing_key_env``: the environment variable with the tester's private key (RSA, PEM), where requests are signed.
    """

    staff: tuple[StaffLogin, ...] = ()
    staff_file: Word | None = None
    people_csv: Word | None = None
    shops_csv: Word | None = None
    signing_key_env: EnvName | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.staff and self.staff_file:
            raise ValueError("give staff or staff_file, not both")
        return self


class Permit(Strict):
    """Who allowed the test, of what, when, how hard. Needed for any target that is not on this machine."""

    hosts: tuple[Word, ...] = Field(min_length=1)
    allowed_by: Word
    contact: Word
    not_before: AwareDatetime
    not_after: AwareDatetime
    highest_rate_per_s: int = Field(ge=1, le=1_000_000)
    source_addresses: tuple[Word, ...] = Field(min_length=1)
    test_accounts: Word

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.not_before < self.not_after:
            raise ValueError("need not_before < not_after")
        return self


class Hooks(Strict):
    """Commands on the tester's machine that act on the vendor's test environment, where the terms allow it.

    ``restart`` stops the platform hard and starts it again; it returns once the platform answers.
    """

    restart: tuple[Word, ...] = ()
    restart_timeout_s: int = Field(default=120, ge=1, le=3_600)


class Target(Strict):
    """The whole file. ``probe_url``: a static address of the vendor, to measure the path beside the load."""

    name: Word
    base_url: Annotated[str, StringConstraints(pattern=r"^https?://[^/\s?#@]+$")]
    adapter: Word = "native"
    adapter_options: dict[str, str] = Field(default={})
    guard: Literal["on", "off"] = "on"
    probe_url: str | None = None
    credentials: Credentials
    permit: Permit | None = None
    hooks: Hooks = Hooks()

    @property
    def host(self) -> str:
        """The host of ``base_url``."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def on_this_machine(self) -> bool:
        """Loopback needs no permit."""
        return self.host in {"127.0.0.1", "::1", "localhost"}


def password_of(login: StaffLogin) -> str:
    """The password from the environment. Raises ConfigurationError when it is not set."""
    value = os.environ.get(login.password_env)
    if not value:
        raise ConfigurationError(f"credentials.staff: environment variable {login.password_env} is not set 未设置")
    return value
