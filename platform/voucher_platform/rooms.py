"""The rooms that answer HTTP, in the order of the contract's table."""

from fastapi import APIRouter

from voucher_contract import routes
from voucher_platform.audit.api import router as audit
from voucher_platform.campaigns.api import router as campaigns
from voucher_platform.claims.api import router as claims
from voucher_platform.core.direct import ShortWay
from voucher_platform.merchants.api import router as merchants
from voucher_platform.money.api import router as money
from voucher_platform.operating.api import router as operating
from voucher_platform.pages.api import router as pages
from voucher_platform.redemptions.api import redeem
from voucher_platform.redemptions.api import router as redemptions
from voucher_platform.refunds.api import refund
from voucher_platform.refunds.api import router as refunds
from voucher_platform.reports.api import router as reports
from voucher_platform.risk_rules.api import router as risk_rules
from voucher_platform.sandbox.api import router as sandbox
from voucher_platform.staff.api import router as staff
from voucher_platform.system.api import router as system

ROUTERS: tuple[APIRouter, ...] = (
    system, staff, campaigns, money, merchants, claims, redemptions, refunds, risk_rules, reports,
    audit, operating, pages,
)  # fmt: skip
SANDBOX_ROUTERS: tuple[APIRouter, ...] = (sandbox,)
SHORT_WAYS = (ShortWay(routes.REDEEM, redeem), ShortWay(routes.REFUND, refund))
