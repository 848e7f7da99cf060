"""What must hold of every page for whoever cannot see it, or sees it small."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def grave_violations(page: Page) -> list[str]:
    """What axe calls serious or critical, with where it stands."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


def pixels_too_wide(page: Page) -> int:
    """By how much the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
