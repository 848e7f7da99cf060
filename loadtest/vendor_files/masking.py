"""Personal data and voucher codes as they may be shown: enough to find the row again, not enough to use."""


def masked(text: str) -> str:
    """``138****1234``; of shorter texts only the first and last character, of the shortest nothing."""
    if len(text) >= 11:
        return f"{text[:3]}****{text[-4:]}"
    return f"{text[0]}****{text[-1]}" if len(text) >= 4 else "****"
