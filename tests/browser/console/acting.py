"""How an officer acts on a page: a button, a dialog, a field, and what the dialog says when it does not work."""

from playwright.sync_api import Locator, Page, expect

REASON = {"zh": "原因（记入审计日志）", "en": "Reason (kept in the audit log)"}


def press(page: Page, name: str) -> None:
    """The first button of this name."""
    page.get_by_role("button", name=name, exact=True).first.click()


def dialog(page: Page) -> Locator:
    """The dialog that is open."""
    return page.get_by_role("dialog")


def confirm(page: Page, name: str) -> None:
    """The button of this name in the dialog."""
    dialog(page).get_by_role("button", name=name, exact=True).click()


def fill(page: Page, label: str, text: str) -> None:
    """A field of the dialog."""
    dialog(page).get_by_label(label).fill(text)


def expect_refused(page: Page, code: str, says: str) -> None:
    """The dialog stays open, and says why it did not work, in words and by its code."""
    refusal = dialog(page).get_by_role("alert")
    expect(refusal).to_contain_text(says)
    expect(refusal).to_contain_text(code)


def expect_done(page: Page, says: str) -> None:
    """The dialog is gone, and the page says what was done."""
    expect(page.locator(".q-notification").filter(has_text=says)).to_be_visible()
    expect(dialog(page)).to_have_count(0)
    page.wait_for_selector(".body > .whole")
