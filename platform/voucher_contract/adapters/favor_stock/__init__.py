"""A wire shaped like WeChat Pay's favor-stock API v3 (代金券), where a redemption is the effect of a payment.

There is no call to use or refund a coupon: ``redeem`` pays an order and observes, ``refund`` refunds the payment and
observes. What the public documents say and what we assume stands in platform/decisions/0014.
"""
