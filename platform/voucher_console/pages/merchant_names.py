"""What merchants are called, for pages whose rows hold their numbers."""

from voucher_console.view import View
from voucher_contract import routes

_FRESH_S = 60.0


async def merchant_names(view: View) -> dict[str, str]:
    """Number → name, read once a minute for all who look. Raises Refused."""

    async def fetch() -> dict[str, str]:
        return {one.id: one.name for one in await view.every(routes.LIST_MERCHANTS)}

    seen = await view.console.feeds.share(("merchant_names",), fetch, max_age_s=_FRESH_S)
    return dict(seen.value or {})
