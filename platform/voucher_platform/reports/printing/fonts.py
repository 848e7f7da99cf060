"""The typeface of printed pages: Noto Sans SC, from its wheel, so that any machine prints the same."""

from importlib import resources

FAMILIES = ["Noto Sans SC"]


def font_folders() -> list[str]:
    """Where the font files lie."""
    return [str(resources.files("justmytype_intl_cjk").joinpath("fonts", "ofl", "notosanssc"))]
