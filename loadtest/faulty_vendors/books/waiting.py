"""Claims that were answered 202: neither granted nor refused yet, or ended refused. Lost with the process: 202 is no
acknowledgement.
"""

import asyncio
import itertools
from dataclasses import dataclass, field

Place = tuple[str, str, str]
"""Account, batch and key of a claim."""


@dataclass
class Waiting:
    """``tasks`` decide the open ones; ``refused`` holds what the others ended with."""

    tasks: dict[Place, asyncio.Task[None]] = field(default_factory=dict)
    refused: dict[Place, Exception] = field(default_factory=dict)
    count: "itertools.count[int]" = field(default_factory=itertools.count)
