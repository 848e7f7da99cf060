"""What a till scanned: which voucher it names, and whether a code of that kind may still be used."""

from dataclasses import dataclass
from datetime import datetime

from voucher_platform.claims.codes import Static, read_code, verify
from voucher_platform.settings import Settings


@dataclass(frozen=True)
class Scan:
    """A static code names its voucher by ``code``, a dynamic one by ``voucher_id``; a forged one names none.

    ``in_time``: a dynamic code had not run out; a static one never does, but a batch may want dynamic ones.
    ``step``: of a dynamic code, the number of the real-clock step it was made for.
    """

    code: str | None
    voucher_id: str | None
    in_time: bool
    step: int | None = None

    @property
    def is_dynamic(self) -> bool:
        """Whether the holder's device made the code just now."""
        return self.voucher_id is not None


def scan(text: str, *, settings: Settings, real_now: datetime) -> Scan:
    """Read a scanned code. Codes run on the real clock, which no sandbox moves."""
    code = read_code(text)
    if isinstance(code, Static):
        return Scan(code.code, None, in_time=True)
    judged = verify(code, token_secret=settings.token_secret, now=real_now, step_seconds=settings.dynamic_code_seconds)
    if judged == "forged":
        return Scan(None, None, in_time=False)
    return Scan(None, code.voucher_id, in_time=judged == "good", step=code.step)
