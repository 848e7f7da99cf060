"""Styles, scripts and icons under names that change with their content, so that a browser may keep them for ever."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STATIC = Path(__file__).with_name("static")
KEPT_FOR_EVER = "public, max-age=31536000, immutable"
_IMPORT = re.compile(r'(?<=from ")\./([a-z_]+\.js)(?=")')
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    """One file as it is sent: the address's last part, its media type, and its bytes, also compressed."""

    name: str
    media_type: str
    body: bytes
    zipped: bytes


@cache
def assets() -> dict[str, Asset]:
    """Every file by its own name, ``phone.js``. A script names what it imports by the hashed name."""
    made: dict[str, Asset] = {}
    for path in sorted(STATIC.iterdir()):
        _make(path.name, made)
    return made


@cache
def by_address() -> dict[str, Asset]:
    """Every file by its hashed name, ``phone.1f0c….js``."""
    return {asset.name: asset for asset in assets().values()}


@cache
def imported_by(name: str) -> tuple[str, ...]:
    """Hashed names of all scripts that ``name`` imports, directly or not: a page asks for them at once."""
    found: dict[str, None] = {}
    for each in _IMPORT.findall((STATIC / name).read_text(encoding="utf-8")):
        found[assets()[each].name] = None
        found.update(dict.fromkeys(imported_by(each)))
    return tuple(found)


def as_asset(name: str, media_type: str, body: bytes) -> Asset:
    """Bytes as they will be sent, compressed once and not at every request."""
    return Asset(name, media_type, body, gzip.compress(body, mtime=0))


def _make(name: str, made: dict[str, Asset]) -> Asset:
    """Imports first: a script's hash rests on theirs. Scripts that import each other in a circle would never end."""
    if name not in made:
        path = STATIC / name
        body = path.read_bytes()
        if path.suffix == ".js":
            text = _IMPORT.sub(lambda found: f"./{_make(found[1], made).name}", body.decode())
            body = text.encode()
        digest = hashlib.sha256(body).hexdigest()[:12]
        made[name] = as_asset(f"{path.stem}.{digest}{path.suffix}", _TYPES[path.suffix], body)
    return made[name]
