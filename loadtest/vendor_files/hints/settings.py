"""The parameters of the hints. They say where to look, so each may be set; none of them decides a verdict."""

from pydantic import Field

from loadtest.agreed.reading import Strict


class HintSettings(Strict):
    """``least_redemptions``: shops with fewer are too small to speak of. Shares are of a shop's own redemptions."""

    least_redemptions: int = Field(default=20, ge=1)
    peers_times: float = Field(default=6.0, gt=1, description="redemptions over the median of its industry")
    threshold_slack_fen: int = Field(default=100, ge=0, description="payable at most this far above the threshold")
    threshold_share: float = Field(default=0.8, gt=0, le=1)
    equal_amount_share: float = Field(default=0.6, gt=0, le=1)
    holder_vouchers: int = Field(default=20, ge=2, description="vouchers redeemed by one holder")
    shop_share_of_batch: float = Field(default=0.3, gt=0, le=1)
    night_from_hour: int = Field(default=23, ge=0, le=23)
    night_until_hour: int = Field(default=6, ge=0, le=23)
    night_share: float = Field(default=0.3, gt=0, le=1)
    ladder_faces: int = Field(default=3, ge=2, description="different faces of one person at one shop in one sitting")
    ladder_minutes: float = Field(default=30, gt=0)
    ladder_people: int = Field(default=3, ge=1)
    quick_minutes: float = Field(default=5, gt=0, description="from claim to redemption")
    quick_share: float = Field(default=0.6, gt=0, le=1)
    split_orders: int = Field(
        default=3, ge=2, description="orders just above threshold, one person, one shop, one sitting"
    )
    split_minutes: float = Field(default=30, gt=0)
    refund_share: float = Field(default=0.3, gt=0, le=1)
    device_people: int = Field(default=5, ge=2, description="people who claimed from one device")
