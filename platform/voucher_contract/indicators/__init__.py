"""The indicators of the T+1 report (N4.2.6b) as data: what each means, where it exists, how it is computed."""

from voucher_contract.indicators.issuing import ISSUING
from voucher_contract.indicators.kinds import Indicator, in_words
from voucher_contract.indicators.merchants import MERCHANTS
from voucher_contract.indicators.ratios import RATIOS
from voucher_contract.indicators.redeeming import REDEEMING

_ALL = (*ISSUING, *REDEEMING, *MERCHANTS, *RATIOS)
_TITLES = {one.name: (one.definition.title_zh, one.definition.title_en) for one in _ALL}
INDICATORS: dict[str, Indicator] = {indicator.name: in_words(indicator, _TITLES) for indicator in _ALL}
"""All indicators by name, in the order in which a report prints them."""

__all__ = ["INDICATORS", "Indicator"]
