"""Money as people read it; everywhere else it is integer fen. Pure."""


def yuan_of(fen: int) -> str:
    """Fen as yuan with two decimals, thousands apart; whole arithmetic, so nothing is rounded."""
    sign, size = ("−" if fen < 0 else ""), abs(fen)
    return f"{sign}{size // 100:,}.{size % 100:02}"
