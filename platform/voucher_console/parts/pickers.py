"""Choosing the campaign that a page is about: the newest with something in it until somebody chooses another."""

from collections.abc import Sequence

from voucher_console.parts.forms import Field, Form
from voucher_console.parts.states import say, show_empty
from voucher_console.view import View
from voucher_contract import routes
from voucher_contract.models.campaigns import Batch, Campaign


async def campaign_of(view: View, campaigns: Sequence[Campaign]) -> Campaign:
    """The campaign of ``?id=``, else the newest that has a batch, else the newest. Raises Refused."""
    known = {one.id: one for one in campaigns}
    if asked := known.get(view.query.get("id", "")):
        return asked
    batches: list[Batch] = await view.every(routes.LIST_BATCHES)
    full = {one.campaign_id for one in batches} & known.keys()
    return max((known[one] for one in full or known), key=lambda one: one.created_at)


async def picked_campaign(view: View) -> Campaign | None:
    """The page's campaign, with a choice where there are several; None, and a word, for none. Raises Refused."""
    w = view.w
    campaigns: list[Campaign] = await view.every(routes.LIST_CAMPAIGNS)
    if not campaigns:
        show_empty(w("还没有活动。请先到“活动与轮次”新建。", "No campaign yet: open one under Campaigns."))
        return None
    chosen = await campaign_of(view, campaigns)
    if len(campaigns) > 1:
        form: Form | None = None

        def go() -> None:
            if form is not None:
                view.to(f"{view.path}?id={form.held('id')}")

        options = {one.id: one.name for one in reversed(campaigns)}
        form = Form(w, [Field("id", w("活动", "Campaign"), "choice", chosen.id, options)], on_change=go)
    else:
        say(f"{w('活动：', 'Campaign: ')}{chosen.name}")
    return chosen
