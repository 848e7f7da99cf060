"""The indicators of the T+1 report (N4.2.6b) as data: what each means, where it exists, how it is computed."""

from voucher_contract.indicators.issuing import ISSUING
from voucher_contract.indicators.kinds import Indicator
from voucher_contract.indicators.merchants import MERCHANTS
from voucher_contract.indicators.ratios import RATIOS
from voucher_contract.indicators.redeeming import REDEEMING

INDICATORS: dict[str, Indicator] = {
    indicator.name: indicator for indicator in (*ISSUING, *REDEEMING, *MERCHANTS, *RATIOS)
}
"""All indicators by name, in the order in which a report prints them."""

__all__ = ["INDICATORS", "Indicator"]
