"""What a request of the contract holds, or the reason why this wire cannot carry it."""

import re
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from voucher_contract.adapters.favor_stock.account import Account
from voucher_contract.adapters.protocol import NotOnThisWire, Request
from voucher_contract.models.common import KEY_PATTERN

Model = TypeVar("Model", bound=BaseModel)
_STAFF = ("bureau", "auditor", "operator")


def refuse_foreign_role(account: Account, request: Request) -> None:
    """One merchant account stands behind everybody, so nobody can be refused for their role."""
    if _role(account, request) not in request.route.roles:
        raise NotOnThisWire("该接口只有商户号一种身份，没有按岗位区分的权限可以检验")


def person_of(account: Account, request: Request) -> str:
    """The openid of whoever asks."""
    if not request.token or _role(account, request) != "consumer":
        raise NotOnThisWire("该接口按用户标识（openid）发券查券，不存在未登录或以其他身份查询的请求")
    return request.token


def _role(account: Account, request: Request) -> str:
    name = request.who.partition("-")[0]
    if name in _STAFF:
        return name
    return "merchant" if request.token in account.shops else "consumer"


def key_of(request: Request) -> str:
    """The idempotency key, from which the wire's own numbers are made."""
    if request.key is None or re.fullmatch(KEY_PATTERN, request.key) is None:
        raise NotOnThisWire("该接口没有幂等键请求头：单号由适配器生成，不会缺失或格式有误")
    return request.key


def spec_of(model: type[Model], request: Request) -> Model:
    """The body as the contract's model."""
    if isinstance(request.body, model):
        return request.body
    try:
        return model.model_validate_json(request.body if isinstance(request.body, bytes) else b"")
    except ValidationError as error:
        raise NotOnThisWire("报文由适配器按规范生成，不能把有误的请求内容原样传给该接口") from error
