"""The rooms that answer HTTP, in the order of the contract's table."""

from fastapi import APIRouter

from voucher_platform.system.api import router as system

ROUTERS: tuple[APIRouter, ...] = (system,)
SANDBOX_ROUTERS: tuple[APIRouter, ...] = ()
