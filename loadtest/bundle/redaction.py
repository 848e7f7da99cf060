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
from functools import partial
from typing import Any
from urllib.parse import quote, quote_plus

from loadtest.bundle.personal_names import FIELDS, HIDDEN, MEMBERS, NAMES, Mask
from loadtest.bundle.personal_numbers import mask_numbers

SHORTEST_SECRET = 6
_BEARER = re.compile(r"\b([Bb]earer|Basic)\s+[A-Za-z0-9._~+/=-]{12,}")
_HEADER_LINE = re.compile(r"(?im)^((?:proxy-)?authorization|(?:set-)?cookie)(\s*:\s*)(?!Bearer \$)\S.*$")


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
        self._known = re.compile("|".join(map(re.escape, self._forms)) or r"(?!)")

    def text(self, text: str) -> str:
        """The text without secrets and with masked personal data; JSON in it keeps its layout where that is safe."""
        text = self._known.sub(HIDDEN, text)
        masked = _HEADER_LINE.sub(rf"\1\2{HIDDEN}", _BEARER.sub(rf"\1 {HIDDEN}", text))
        for pattern, mask in MEMBERS:
            masked = pattern.sub(partial(_masked_member, mask), masked)
        for pattern, mask in FIELDS:
            masked = pattern.sub(partial(_masked_field, mask), masked)
        return self._whole_json(text, mask_numbers(masked))

    def value(self, value: Any, name: str = "") -> Any:
        """A JSON value; members are judged by their name, texts by what they hold, ``…_base64`` by what it encodes."""
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.value(inner, str(key)) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(inner, name) for inner in value]
        if value is None or isinstance(value, bool):
            return value
        for pattern, mask in NAMES:
            if pattern.match(name):
                masked = mask(str(value))
                return value if masked == str(value) else masked
        if not isinstance(value, str):
            return value
        return self._base64(value) if name.endswith("_base64") else self.text(value)

    def same_length(self, raw: bytes) -> bytes:
        """Texts within a binary file whose offsets must stay: whatever is masked keeps its number of bytes."""
        text = self._known_in_latin.sub(_stars, raw.decode("latin-1"))
        for pattern, mask in MEMBERS:
            text = pattern.sub(partial(_masked_in_place, mask), text)
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


def _masked_member(mask: Mask, found: re.Match[str]) -> str:
    if found["number"] is None:
        return f"{found['head']}{found['q']}{mask(found['text'])}{found['q']}"
    masked = mask(found["number"])
    # Asterisks are no number: a masked number becomes a text.
    return found[0] if masked == found["number"] else f"{found['head']}{found['q']}{masked}{found['q']}"


def _masked_in_place(mask: Mask, found: re.Match[str]) -> str:
    group = "number" if found["text"] is None else "text"
    old, start, end = found[group], found.start(group) - found.start(), found.end(group) - found.start()
    masked = mask(old)
    kept = masked if len(masked) == len(old) else "*" * len(old)
    return f"{found[0][:start]}{kept}{found[0][end:]}"


def _masked_field(mask: Mask, found: re.Match[str]) -> str:
    return found["head"] + mask(found["text"])


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
