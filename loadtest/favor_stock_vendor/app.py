"""The emulated vendor's addresses: each takes a signed request, asks one desk, answers JSON or an error of the wire."""

import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loadtest.favor_stock_vendor import callbacks, coupons, flows, paying, refunding, refusing, stocks, wire
from loadtest.favor_stock_vendor.books import Books
from loadtest.favor_stock_vendor.settings import Settings
from loadtest.favor_stock_vendor.signatures import SignatureCheck

Desk = Callable[[Request, Any], Any]
_FAVOR = "/v3/marketing/favor"
_STOCK = f"{_FAVOR}/stocks/{{stock_id}}"
_USER = f"{_FAVOR}/users/{{openid}}/coupons"
_PAYMENTS = "/v3/pay/partner/transactions"


def application(settings: Settings) -> Starlette:
    """One vendor, with empty books."""
    books, files, check = Books(settings), flows.Files(), SignatureCheck(settings)
    return Starlette(routes=[
        Route(path, _endpoint(check, body, desk), methods=[method])
        for method, path, body, desk in (*_stock_desks(books), *_coupon_desks(books, files), *_payment_desks(books))
    ])  # fmt: skip


def _stock_desks(books: Books) -> list[tuple[str, str, type[BaseModel] | None, Desk]]:
    def of(act: Callable[[Books, str, Any], Any]) -> Desk:
        return lambda request, asked: act(books, request.path_params["stock_id"], asked)

    return [
        ("POST", f"{_FAVOR}/coupon-stocks", wire.CreateStock, lambda _, asked: stocks.create(books, asked)),
        ("POST", f"{_STOCK}/start", wire.OfCreator, of(stocks.start)),
        ("POST", f"{_STOCK}/pause", wire.OfCreator, of(stocks.pause)),
        ("POST", f"{_STOCK}/restart", wire.OfCreator, of(stocks.restart)),
        ("GET", f"{_FAVOR}/stocks", None, lambda _, asked: stocks.listed(books, asked)),
        ("GET", _STOCK, None, of(stocks.query)),
        ("GET", f"{_STOCK}/merchants", None, of(stocks.merchants)),
        ("GET", f"{_STOCK}/items", None, of(stocks.items)),
    ]


def _coupon_desks(books: Books, files: flows.Files) -> list[tuple[str, str, type[BaseModel] | None, Desk]]:
    def of(request: Request) -> str:
        return str(request.path_params["openid"])

    def one(request: Request, asked: Any) -> dict[str, Any]:
        return coupons.query(books, of(request), request.path_params["coupon_id"], asked)

    def stock_of(request: Request) -> str:
        return str(request.path_params["stock_id"])

    return [
        ("POST", _USER, wire.SendCoupon, lambda request, asked: coupons.send(books, of(request), asked)),
        ("GET", _USER, None, lambda request, asked: coupons.listed(books, of(request), asked)),
        ("GET", f"{_USER}/{{coupon_id}}", None, one),
        ("GET", f"{_STOCK}/use-flow", None, lambda request, _: flows.use_flow(books, files, stock_of(request))),
        ("GET", f"{_STOCK}/refund-flow", None, lambda request, _: flows.refund_flow(books, files, stock_of(request))),
        ("GET", "/v3/billdownload/file", None, lambda _, asked: files.fetch(asked.get("token", ""))),
        ("POST", f"{_FAVOR}/callbacks", wire.Callback, lambda _, asked: callbacks.set_address(books, asked)),
        ("GET", f"{_FAVOR}/callbacks", None, lambda _, asked: callbacks.address(books, asked.get("mchid", ""))),
    ]


def _payment_desks(books: Books) -> list[tuple[str, str, type[BaseModel] | None, Desk]]:
    async def pay(_: Request, asked: Any) -> dict[str, Any]:
        paid = await paying.pay(books, asked)
        coupon = books.transactions[paid["transaction_id"]].coupon
        if coupon is not None:
            callbacks.tell_use(books, coupon)
        return paid

    def by_id(request: Request, asked: Any) -> dict[str, Any]:
        return paying.query_by_id(books, request.path_params["transaction_id"], asked)

    def by_number(request: Request, asked: Any) -> dict[str, Any]:
        return paying.query_by_number(books, request.path_params["out_trade_no"], asked)

    def refund(request: Request, asked: Any) -> dict[str, Any]:
        return refunding.query(books, request.path_params["out_refund_no"], asked)

    return [
        ("POST", "/emulation/payment-codes", wire.ShownCode, lambda _, asked: paying.show_code(books, asked)),
        ("POST", f"{_PAYMENTS}/codepay", wire.CodePay, pay),
        ("GET", f"{_PAYMENTS}/id/{{transaction_id}}", None, by_id),
        ("GET", f"{_PAYMENTS}/out-trade-no/{{out_trade_no}}", None, by_number),
        ("POST", "/v3/refund/domestic/refunds", wire.RefundOrder, lambda _, asked: refunding.refund(books, asked)),
        ("GET", "/v3/refund/domestic/refunds/{out_refund_no}", None, refund),
    ]


def _endpoint(
    check: SignatureCheck, body: type[BaseModel] | None, desk: Desk
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            raw = await request.body()
            query = request.scope["query_string"].decode()
            target = request.scope["raw_path"].decode() + (f"?{query}" if query else "")
            check.refuse_unsigned(request.headers.get("authorization", ""), request.method, target, raw)
            given = desk(request, dict(request.query_params) if body is None else _parsed(body, raw))
            content = await given if inspect.isawaitable(given) else given
        except refusing.WireError as error:
            return _reply(error.as_json(), error.status)
        return _reply(content, 200)

    return answer


def _parsed(body: type[BaseModel], raw: bytes) -> BaseModel:
    try:
        return body.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "(body)"
        raise refusing.param_error(f"参数“{field}”有误：{first['msg']}", field) from error


def _reply(content: dict[str, Any] | bytes, status: int) -> Response:
    headers = {"Wechatpay-Timestamp": str(int(time.time()))}
    if isinstance(content, bytes):
        return Response(content, status, headers, media_type="text/plain; charset=utf-8")
    return JSONResponse(content, status, headers)
