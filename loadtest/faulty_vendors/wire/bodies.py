"""Bodies: media type, JSON, and the contract's models as the only judge of a schema."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from loadtest.faulty_vendors.wire.answers import Refused, invalid
from voucher_contract import refusals
from voucher_contract.routes import Route

_BARE_TIME = re.compile(rb'("\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)"')


def check_media_type(route: Route, sent: str) -> str:
    """The bare media type. Refuses ``unsupported_media_type``."""
    wanted = route.accepts or (("application/json",) if route.body else ())
    bare = sent.partition(";")[0].strip().lower()
    if wanted and bare not in wanted:
        raise Refused(refusals.UNSUPPORTED_MEDIA_TYPE, f"send one of {', '.join(wanted)}")
    return bare


def parse(model: type[BaseModel], raw: bytes, *, lax: bool = False) -> BaseModel:
    """Refuses ``malformed_body`` and ``invalid_request``. ``lax`` loses fields that nobody knows."""
    try:
        return model.model_validate_json(raw, extra="ignore" if lax else "forbid")
    except ValidationError as error:
        faults = [{"field": _field(fault["loc"]), "message": _told(fault["msg"])} for fault in error.errors()]
        if any(fault["type"] == "json_invalid" for fault in error.errors()):
            raise Refused(refusals.MALFORMED_BODY, faults[0]["message"]) from None
        raise Refused(refusals.INVALID_REQUEST, faults[0]["message"], errors=faults) from None


def _field(place: tuple[int | str, ...]) -> str:
    return _told(".".join(("body", *map(str, place))))


def _told(text: str) -> str:
    """Text of the caller may hold half a surrogate pair, which no reply can."""
    return text.encode(errors="replace").decode()[:300]


def rounded_fen(raw: bytes) -> bytes:
    """Every fraction in a field ``…_fen`` made whole: what a vendor that computes in yuan does."""

    def mend(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: round(inner) if name.endswith("_fen") and isinstance(inner, float) else mend(inner)
                for name, inner in value.items()
            }
        return [mend(inner) for inner in value] if isinstance(value, list) else value

    try:
        return json.dumps(mend(json.loads(raw))).encode()
    except (ValueError, OverflowError, RecursionError):
        return raw


def with_offsets(raw: bytes) -> bytes:
    """Every time without an offset taken for UTC: what a vendor that stores bare times does."""
    return _BARE_TIME.sub(rb'\1Z"', raw)


def parse_query(raw: bytes) -> dict[str, str]:
    """The last value of each name. Refuses ``invalid_request`` for what is no text."""
    try:
        found = dict(parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict"))
    except ValueError:
        raise invalid("query", "not valid percent-encoded UTF-8") from None
    if any("\x00" in text for pair in found.items() for text in pair):
        raise invalid("query", "NUL")
    return found
