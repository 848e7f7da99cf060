"""The OpenAPI description of the contract, as this platform serves it."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from voucher_contract import CONTRACT_VERSION
from voucher_contract.models.common import ProblemDetail

_DESCRIPTION = (
    "消费券发放平台接口。The interface between a voucher platform and everyone who uses it; "
    "SPEC.md beside the contract explains it clause by clause. Amounts are integer fen."
)


def describe(app: FastAPI) -> dict[str, Any]:
    """The description, made once: FastAPI's own plus the problem schema and the bearer scheme."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title="voucherlab contract", version=CONTRACT_VERSION, description=_DESCRIPTION, routes=app.routes
        )
        components = schema.setdefault("components", {})
        models = components.setdefault("schemas", {})
        models[ProblemDetail.__name__] = ProblemDetail.model_json_schema(mode="serialization")
        for unused in ("HTTPValidationError", "ValidationError"):
            models.pop(unused, None)
        components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        app.openapi_schema = schema
    return app.openapi_schema
