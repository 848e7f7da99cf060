"""What a 429 says of the limit that refuses: which one, what it allows, when to come again."""

import random
from dataclasses import dataclass

from voucher_platform.core.raw_reply import RawHeaders

_LEAST_SPREAD_MS = 500


@dataclass(frozen=True, slots=True)
class Exceeded:
    """The rate limit that refuses: its name, what it allows, and the milliseconds after which it would not."""

    name: str
    permits: int
    window_ms: int
    wait_ms: int

    def spread_wait_ms(self) -> int:
        """The true wait and up to a quarter of it more, at least half a second: a crowd must not come back at once."""
        return self.wait_ms + random.randint(0, max(_LEAST_SPREAD_MS, self.wait_ms // 4))

    def fields(self) -> RawHeaders:
        """``RateLimit`` and ``RateLimit-Policy`` of draft-ietf-httpapi-ratelimit-headers-11, in whole seconds."""
        name = self.name.encode()
        return [
            (b"ratelimit", b'"%s";r=0;t=%d' % (name, whole_seconds(self.wait_ms))),
            (b"ratelimit-policy", b'"%s";q=%d;w=%d' % (name, self.permits, whole_seconds(self.window_ms))),
        ]


def whole_seconds(milliseconds: int) -> int:
    """Rounded up, at least 1: whoever obeys must not come back before the wait is over."""
    return max(1, -(-milliseconds // 1_000))
