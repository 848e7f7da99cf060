"""The application: every room's routes behind one frame of limits, request ids and problem replies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from voucher_contract import CONTRACT_VERSION, refusals
from voucher_platform.core.acting import Core
from voucher_platform.core.clocks import Clocks
from voucher_platform.core.database import Database, is_outage, make_engine
from voucher_platform.core.frame import Frame
from voucher_platform.core.problems import Refused, problem_response
from voucher_platform.core.pulse import Pulse
from voucher_platform.openapi import describe
from voucher_platform.rooms import ROUTERS
from voucher_platform.settings import Settings

log = structlog.get_logger(__name__)
