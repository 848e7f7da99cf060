"""One request on its way through the vendor."""

import re
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from loadtest.faulty_vendors.wire.answers import invalid
from loadtest.faulty_vendors.wire.tokens import Principal
from voucher_contract.routes import Route

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(slots=True)
class Act:
    """Who asks for what. ``now`` is business time in microseconds; ``worker`` the part of the vendor that got it.

    ``object_id`` and ``detail`` are what the audit log says of an act of staff; a desk may set both.
    """

    route: Route
    principal: Principal
    key: str
    body: Any
    raw: bytes
    media_type: str
    path: dict[str, str]
    query: dict[str, str]
    accept: str
    now: int
    worker: int
    connection: str
    address: str
    object_id: str = ""
    detail: dict[str, Any] | None = None

    @property
    def by(self) -> str:
        """The principal's name."""
        return self.principal.name

    def limit(self) -> int:
        """Rows a page. Refuses ``invalid_request``."""
        text = self.query.get("limit", "50")
        if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= 200:
            raise invalid("query.limit", "1 to 200")
        return int(text)

    def cursor(self) -> str | None:
        """Where the page begins, for lists with ids of letters. Refuses ``invalid_request``."""
        return self.word("cursor")

    def number_cursor(self) -> int:
        """Where the page begins, for lists that are numbered. Refuses ``invalid_request``."""
        text = self.query.get("cursor", "0")
        if not _NUMBER.fullmatch(text):
            raise invalid("query.cursor", "not a cursor of this list")
        return int(text)

    def word(self, name: str) -> str | None:
        """A query parameter that is an id. Refuses ``invalid_request``."""
        text = self.query.get(name)
        if text is not None and not _ID.fullmatch(text):
            raise invalid(f"query.{name}", "not an id")
        return text

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """A query parameter out of a list. Refuses ``invalid_request``."""
        text = self.query.get(name)
        if text is not None and text not in choices:
            raise invalid(f"query.{name}", f"one of {', '.join(choices)}")
        return text

    def asked_detail(self) -> dict[str, Any]:
        """What the audit log keeps of the request."""
        if self.detail is not None:
            return self.detail
        return self.body.model_dump(mode="json") if isinstance(self.body, BaseModel) else {}
