"""The OpenAPI description of the contract, as this platform serves it.

``python -m voucher_platform.openapi`` prints it.
"""

import json
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


if __name__ == "__main__":
    from voucher_platform.app import build_app
    from voucher_platform.settings import Settings

    secret = "-" * 32
    described = Settings(
        database_url="postgresql://", redis_url="redis://", token_secret=secret, identity_secret=secret, sandbox=True
    )
    print(json.dumps(describe(build_app(described)), ensure_ascii=False, indent=1, sort_keys=True))
