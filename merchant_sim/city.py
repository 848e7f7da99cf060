"""The city as one value: the same seed and sizes give the same city, byte for byte."""

import hashlib
from dataclasses import dataclass

from merchant_sim.merchants import Merchant, build_merchants
from merchant_sim.people import Person, build_people

MAX_SEED = 2**63 - 1


@dataclass(frozen=True, slots=True)
class City:
    """Everyone and every shop. `people[n].person_no == n`; merchants are numbered from 1."""

    seed: int
    people: tuple[Person, ...]
    merchants: tuple[Merchant, ...]

    def merchants_in(self, *, industries: tuple[str, ...], districts: tuple[str, ...]) -> tuple[Merchant, ...]:
        """Return the shops of these industry keys and district codes; an empty tuple means no limit."""
        return tuple(
            merchant
            for merchant in self.merchants
            if (not industries or merchant.industry in industries) and (not districts or merchant.district in districts)
        )

    def fingerprint(self) -> str:
        """Return a SHA-256 over everything in the city, to compare two cities or two runs."""
        digest = hashlib.sha256(str(self.seed).encode())
        for part in (self.people, self.merchants):
            for item in part:
                digest.update(repr(item).encode())
        return digest.hexdigest()


def build_city(seed: int, residents: int, merchants: int = 240) -> City:
    """Build the city of a seed (0..2^63-1). Raises ValueError for a seed or size out of range."""
    if not 0 <= seed <= MAX_SEED:
        raise ValueError(f"seed must be between 0 and {MAX_SEED}, not {seed}")
    return City(seed=seed, people=build_people(seed, residents), merchants=build_merchants(seed, merchants))
