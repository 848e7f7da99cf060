"""Every error on its way out becomes a problem with a code; only a fault of ours is a 500, and it is logged."""

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from voucher_contract import refusals
from voucher_platform.core.database import is_outage
from voucher_platform.core.problems import Refused, problem

log = structlog.get_logger(__name__)


def answer_failures(app: FastAPI) -> None:
    """Install the handlers on ``app``."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _routing)
    for kind in (Refused, DBAPIError, PoolTimeout, RedisError, OSError, Exception):
        app.add_exception_handler(kind, _failed)


def refusal_for(error: Exception, path: str) -> Refused:
    """What to tell whoever asked for ``path`` when a handler ended with ``error``; logs what is not their doing.

    A store that is away is a 503 the caller may retry; data SQL cannot hold is the caller's; the rest is a fault of
    ours.
    """
    if isinstance(error, Refused):
        return error
    if is_outage(error):
        log.warning("outage", error=repr(error)[:500])
        return Refused(refusals.OVERLOADED)
    if isinstance(error, DBAPIError) and (getattr(error.orig, "sqlstate", None) or "").startswith("22"):
        return Refused(refusals.INVALID_REQUEST, "a value that cannot be stored")
    log.error("internal_error", path=path, exc_info=error)
    return Refused(refusals.INTERNAL)


async def _failed(request: Request, error: Exception) -> Response:
    return _answer(request, refusal_for(error, request.url.path))


def _answer(request: Request, refused: Refused) -> Response:
    return problem(refused, request.scope["state"]["request_id"]).response()


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return _answer(request, Refused(refusals.MALFORMED_BODY))
    named = [{"field": ".".join(map(str, fault["loc"])), "message": str(fault["msg"])} for fault in faults[:20]]
    return _answer(request, Refused(refusals.INVALID_REQUEST, named[0]["message"] if named else None, errors=named))


async def _routing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    known = {404: refusals.NO_SUCH_ROUTE, 405: refusals.METHOD_NOT_ALLOWED, 400: refusals.MALFORMED_BODY}
    response = _answer(request, Refused(known.get(error.status_code, refusals.INVALID_REQUEST)))
    response.headers.update(error.headers or {})
    return response
