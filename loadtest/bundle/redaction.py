"""Takes secrets and personal data out of whatever goes into a bundle, without changing the layout of raw bodies.

Three nets, one behind the other: secrets whose value is known (tokens and passwords of this run), members whose name
tells what they hold, and numbers that look like a mobile phone, an id number or a bank card. Masking twice changes
nothing more.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from loadtest.bundle.personal_names import HIDDEN, holds_list, mask_fields, mask_members, mask_of
from loadtest.bundle.personal_numbers import LONG_NUMBER, mask_numbers

SHORTEST_SECRET = 6
_OFTEN_AGAIN = 60  # characters: names of headers, routes and outcomes come in every exchange
_BEARER = re.compile(r"\b([Bb]earer|Basic)\s+[A-Za-z0-9._~+/=-]{12,}")
_HEADER_LINE = re.compile(r"(?im)^((?:proxy-)?authorization|(?:set-)?cookie)(\s*:\s*)(?!Bearer \$)\S.*$")
_MARKS = ("bearer", "basic", "authorization", "cookie")  # one of them is in whatever the two patterns above find
# A word, an id, a time: what no pattern can find anything in, and what most texts of a transcript are.
_QUIET = re.compile(r"(?:\d[\d:T.+Z-]*|[\w.+-]*)\Z")
_ESCAPED_LETTER = re.compile(r"\\u00[0-7]", re.IGNORECASE)


class Leak(Exception):
    """A known secret is still in what was to be handed out; the text names the file, never the secret."""


class Redactor:
    """Redacts texts, JSON values and bytes. ``secrets`` are values known to be secret; short ones are refused."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {secret for secret in secrets if secret}
        if any(len(secret) < SHORTEST_SECRET for secret in known):
            raise ValueError(f"a secret shorter than {SHORTEST_SECRET} characters would blank ordinary words")
        # The longest first: one secret may be the beginning of another.
        self._forms = sorted({form for secret in known for form in _written(secret)}, key=len, reverse=True)
        self._short = lru_cache(maxsize=10_000)(self.text)
        self._known = re.compile("|".join(map(re.escape, self._forms)) or r"(?!)")

    def text(self, text: str) -> str:
        """The text without secrets and with masked personal data; JSON in it keeps its layout where that is safe."""
        # Dozens of searches for one form each cost less than one pattern that tries all of them at every character.
        if any(form in text for form in self._forms):
            text = self._known.sub(HIDDEN, text)
        if _QUIET.match(text) and not LONG_NUMBER.search(text):
            return text
        masked, lowered = text, text.lower()
        if any(mark in lowered for mark in _MARKS):
            masked = _HEADER_LINE.sub(rf"\1\2{HIDDEN}", _BEARER.sub(rf"\1 {HIDDEN}", text))
        masked = mask_fields(mask_members(masked, lambda _, new: new))
        return self._whole_json(text, mask_numbers(masked))

    def value(self, value: Any, name: str = "") -> Any:
        """A JSON value; members are judged by their name, texts by what they hold, ``…_base64`` by what it encodes."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str | int | float):  # asked first: most of what comes here is one
            return self._member(value, name)
        if isinstance(value, Mapping):
            return {self._short(str(key)): self.value(inner, str(key)) for key, inner in value.items()}
        return [self.value(inner, name) for inner in value]

    def _member(self, value: str | float, name: str) -> Any:
        mask = mask_of(name)
        if mask is not None:
            masked = mask(str(value))
            return value if masked == str(value) else masked
        if not isinstance(value, str):
            return value
        if name.endswith("_base64"):
            return self._base64(value)
        return self._short(value) if len(value) < _OFTEN_AGAIN else self.text(value)

    def same_length(self, raw: bytes) -> bytes:
        """Texts within a binary file whose offsets must stay: whatever is masked keeps its number of bytes."""
        text = self._known_in_latin.sub(_stars, raw.decode("latin-1"))
        text = mask_members(text, lambda old, new: new if len(new) == len(old) else "*" * len(old))
        return mask_numbers(text).encode("latin-1")

    @property
    def _known_in_latin(self) -> re.Pattern[str]:
        forms = (form.encode().decode("latin-1") for form in self._forms)
        return re.compile("|".join(map(re.escape, forms)) or r"(?!)")

    def refuse_leaks(self, raw: bytes, where: str) -> None:
        """Raises Leak when a known secret, in any way of writing it, is in the bytes."""
        if any(form.encode() in raw for form in self._forms):
            raise Leak(f"{where}: a secret of this run is still in it 仍含有本次测试的密钥或口令")

    def _whole_json(self, before: str, after: str) -> str:
        """What the patterns miss in JSON (lists of tokens, escaped names) is found in its parsed form."""
        if not (_ESCAPED_LETTER.search(before) or holds_list(before)):
            return after
        value = _parsed(before)
        if value is None:
            return after
        wanted = self.value(value)
        return after if _parsed(after) == wanted else json.dumps(wanted, ensure_ascii=False)

    def _base64(self, value: str) -> str:
        try:
            raw = base64.b64decode(value, validate=True)
        except binascii.Error:
            return self.text(value)
        return base64.b64encode(self.same_length(raw)).decode()


def _stars(found: re.Match[str]) -> str:
    return "*" * len(found[0])


def _parsed(text: str) -> Any:
    """The object or list that a text is, else None."""
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _written(secret: str) -> set[str]:
    """The ways in which a secret may stand in a file: plain, in JSON, in a URL, in base64."""
    plain = json.dumps(secret)[1:-1]
    unicode_kept = json.dumps(secret, ensure_ascii=False)[1:-1]
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, plain, unicode_kept, quote(secret, safe=""), quote_plus(secret), encoded}
