"""A page as data: its address, its sentence of help, who may see it, and what builds it."""

from dataclasses import dataclass

from voucher_console.view import Build
from voucher_console.words import Text
from voucher_contract.models.common import Role

STAFF: tuple[Role, ...] = ("bureau", "auditor", "operator")
OVERSIGHT: tuple[Role, ...] = ("bureau", "auditor")


@dataclass(frozen=True)
class Page:
    """``menu``: what it is called there, None where another page leads to it. ``under``: the page it belongs to.

    ``bare``: it fills the screen without menu and heading.
    """

    path: str
    title: Text
    help: Text
    roles: tuple[Role, ...]
    build: Build
    menu: Text | None = None
    under: str = ""
    bare: bool = False
