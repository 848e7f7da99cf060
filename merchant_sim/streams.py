"""Random streams: one per part of the city, so that changing one part leaves the others as they were."""

import random


def stream(seed: int, part: str) -> random.Random:
    """Return the generator of one part.

    `random.Random` turns a string into its state with SHA-512, so the stream does not depend on
    PYTHONHASHSEED, on the process or on how many numbers other parts have drawn.
    """
    return random.Random(f"{seed}:{part}")


def nearby(rng: random.Random, latitude: float, longitude: float, radius_deg: float) -> tuple[float, float]:
    """Return a position within `radius_deg` degrees north-south and east-west, in micro-degrees steps."""
    return (
        round(latitude + rng.uniform(-radius_deg, radius_deg), 6),
        round(longitude + rng.uniform(-radius_deg, radius_deg), 6),
    )
