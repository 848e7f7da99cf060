"""What the target says of itself, read leniently: a newer platform may name more than this console knows."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Target:
    """The parts of ``get_meta`` that pages use."""

    product: str
    contract_version: str
    capabilities: frozenset[str]
    simulated_data: bool
    unsafe_settings: tuple[str, ...]
    reopen_delay_ms: int
    claim_deadline_ms: int

    def can(self, capability: str | None) -> bool:
        """Whether it has that capability; None is asked of nobody."""
        return capability is None or capability in self.capabilities


def target_of(meta: dict[str, Any]) -> Target:
    """``get_meta``'s reply as it came."""
    return Target(
        product=str(meta.get("product", "")), contract_version=str(meta.get("contract_version", "")),
        capabilities=frozenset(map(str, meta.get("capabilities") or ())),
        simulated_data=bool(meta.get("simulated_data", False)),
        unsafe_settings=tuple(map(str, meta.get("unsafe_settings") or ())),
        reopen_delay_ms=int(meta.get("reopen_delay_ms") or 0),
        claim_deadline_ms=int(meta.get("claim_deadline_ms") or 0),
    )  # fmt: skip
