"""The Lua commands of the claim path, by name, each with its digest."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

_FOLDER = Path(__file__).with_name("lua")


@dataclass(frozen=True)
class Script:
    """A command that the store runs whole. ``sha`` is what EVALSHA takes."""

    name: str
    source: str = field(init=False, repr=False)
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        source = (_FOLDER / f"{self.name}.lua").read_text(encoding="utf-8")
        object.__setattr__(self, "source", source)
        object.__setattr__(self, "sha", hashlib.sha1(source.encode()).hexdigest())  # noqa: S324 - the protocol's name


CLAIM = Script("claim")
RELEASE = Script("release")
STOCK_BATCH = Script("stock_batch")
REBUILD_BEGIN = Script("rebuild_begin")
REBUILD_END = Script("rebuild_end")
GCRA = Script("gcra")
CLAIM_PATH = (CLAIM, RELEASE, STOCK_BATCH, REBUILD_BEGIN, REBUILD_END)
