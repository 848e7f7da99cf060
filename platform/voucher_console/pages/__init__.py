"""The pages, in the order of the menu."""

from voucher_console.page import Page
from voucher_console.pages import (
    alerts,
    audit,
    campaign,
    campaigns,
    comparison,
    coverage,
    imports,
    merchants,
    money,
    overview,
    redemptions,
    reports,
    round_page,
    run,
    runs,
    screen,
    selection,
    selection_applicant,
    selection_meeting,
    selection_scores,
    selections,
    vouchers,
)

PAGES: tuple[Page, ...] = (
    overview.PAGE, campaigns.PAGE, campaign.PAGE, round_page.PAGE, merchants.PAGE, coverage.PAGE, imports.PAGE,
    screen.PAGE, redemptions.PAGE, vouchers.PAGE, alerts.PAGE, money.PAGE, reports.PAGE, runs.PAGE, run.PAGE,
    comparison.PAGE, selections.PAGE, selection.PAGE, selection_applicant.PAGE, selection_scores.PAGE,
    selection_meeting.PAGE, audit.PAGE,
)  # fmt: skip
