"""Registering a handler for a route of the contract: address, role, status and refusals come from the table."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from voucher_contract.models.common import ProblemDetail
from voucher_contract.routes import Route
from voucher_platform.core.acting import act_on

Handler = TypeVar("Handler", bound=Callable[..., Any])


def endpoint(router: APIRouter, route: Route) -> Callable[[Handler], Handler]:
    """Decorate the one handler of ``route``."""

    def register(handler: Handler) -> Handler:
        router.add_api_route(
            route.path, handler, methods=[route.method], name=route.name, operation_id=route.name,
            summary=route.title_zh, status_code=route.status, response_model=route.reply,
            responses=_documented(route), openapi_extra=_extra(route), route_class_override=_opened_by(route),
        )  # fmt: skip
        return handler

    return register


def _opened_by(route: Route) -> type[APIRoute]:
    """Asks who acts before the body is parsed; a dependency of FastAPI's would only run afterwards.

    Whoever may not ask must not learn what would be wrong with the question, nor make us read it.
    """
    open_request = act_on(route)

    class Opened(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def opened(request: Request) -> Response:
                await open_request(request)
                return await handle(request)

            return opened

    return Opened


def _documented(route: Route) -> dict[int | str, dict[str, Any]]:
    """Every refusal of the route under its status, each named with both titles."""
    replies: dict[int | str, dict[str, Any]] = {}
    for refusal in route.all_refusals:
        line = f"`{refusal.code}` {refusal.zh} / {refusal.en}"
        known = replies.setdefault(
            refusal.status, {"description": "", "content": {"application/problem+json": {"schema": _PROBLEM}}}
        )
        known["description"] = "\n\n".join(filter(None, [known["description"], line]))
    if route.returns != ("application/json",):
        content: dict[str, Any] = {kind: {"schema": {"type": "string"}} for kind in route.returns if "json" not in kind}
        replies[route.status] = {"description": "OK", "content": content}
    return replies


def _extra(route: Route) -> dict[str, Any]:
    extra: dict[str, Any] = {"x-roles": list(route.roles), "x-refusals": [x.code for x in route.all_refusals]}
    parameters = []
    if route.keyed:
        parameters.append(_KEY_HEADER)
    if parameters:
        extra["parameters"] = parameters
    if route.roles:
        extra["security"] = [{"bearer": []}]
    if route.accepts:
        binary = {"schema": {"type": "string", "format": "binary"}}
        extra["requestBody"] = {"required": True, "content": dict.fromkeys(route.accepts, binary)}
    return extra


_PROBLEM = {"$ref": f"#/components/schemas/{ProblemDetail.__name__}"}
_KEY_HEADER = {
    "name": "Idempotency-Key", "in": "header", "required": True,
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{16,64}$"},
}  # fmt: skip
