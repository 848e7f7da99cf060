"""What screens show, made once for all who look: twenty screens of one campaign are drawn from one set of options."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_MOST_KINDS = 40
Options = list[dict[str, Any]]


@dataclass
class Drawings:
    """The last options of each kind of screen, with what they were made of. Whoever gets them must not change them."""

    _last: dict[tuple[str, ...], tuple[object, Options]] = field(default_factory=dict)

    def of(self, kind: tuple[str, ...], figures: object, draw: Callable[[], Options]) -> Options:
        """The options of exactly these ``figures``, made by ``draw`` where the last ones were made of others."""
        if kind not in self._last or self._last[kind][0] is not figures:
            while kind not in self._last and len(self._last) >= _MOST_KINDS:
                self._last.pop(next(iter(self._last)))
            self._last[kind] = (figures, draw())
        return self._last[kind][1]
