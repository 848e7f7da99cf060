"""Signing in over HTTP."""

import asyncio

from fastapi import APIRouter

from voucher_contract import routes
from voucher_contract.models.system import Session, SessionSpec
from voucher_platform.core.acting import Act
from voucher_platform.core.endpoints import endpoint
from voucher_platform.staff import operations
from voucher_platform.staff.wrong_tries import WrongTries

router = APIRouter()
_GUARD = operations.SignIn(WrongTries(), asyncio.Semaphore(2))


@endpoint(router, routes.SIGN_IN)
async def sign_in(act: Act, body: SessionSpec) -> Session:
    """A token for a member of staff."""
    return await operations.sign_in(act.core.database, act.core.settings, _GUARD, body)
