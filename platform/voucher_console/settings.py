"""What a console is told when it starts."""

from dataclasses import dataclass
from pathlib import Path

from voucher_console.words import Language


@dataclass(frozen=True)
class ConsoleSettings:
    """``target_url`` is the platform; ``bench_folder`` holds target files and the runs started here."""

    target_url: str
    port: int
    host: str = "127.0.0.1"
    language: Language = "zh"
    bench_folder: Path = Path("console-bench")
    ready_file: Path | None = None
    poll_s: float = 2.0
    request_timeout_s: float = 15.0
