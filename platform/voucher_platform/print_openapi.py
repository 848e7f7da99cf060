"""``python -m voucher_platform.print_openapi`` prints the contract's OpenAPI description, for the checked-in copy."""

import json

from voucher_platform.app import build_app
from voucher_platform.openapi import describe
from voucher_platform.settings import Settings

_NO_SECRET = "-" * 32


def described() -> str:
    """The description of a platform with every capability, as JSON with sorted keys. Nothing is connected."""
    settings = Settings(
        database_url="postgresql://", redis_url="redis://", token_secret=_NO_SECRET, identity_secret=_NO_SECRET,
        sandbox=True,
    )  # fmt: skip
    return json.dumps(describe(build_app(settings)), ensure_ascii=False, indent=1, sort_keys=True)


if __name__ == "__main__":
    print(described())
