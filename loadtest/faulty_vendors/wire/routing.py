"""Which route an address and a method mean."""

from urllib.parse import unquote

from loadtest.faulty_vendors.offering import OFFERED
from loadtest.faulty_vendors.wire.answers import Refused
from voucher_contract import refusals
from voucher_contract.routes import Route

_Shape = tuple[str | None, ...]


def _shape(path: str) -> _Shape:
    return tuple(None if part.startswith("{") else part for part in path.strip("/").split("/"))


class Addresses:
    """The contract's addresses by number of parts; a part in braces takes anything."""

    def __init__(self) -> None:
        self._known: dict[int, list[tuple[_Shape, dict[str, Route]]]] = {}
        by_path: dict[str, dict[str, Route]] = {}
        for route in OFFERED.values():
            by_path.setdefault(route.path, {})[route.method] = route
        for path, methods in by_path.items():
            shape = _shape(path)
            self._known.setdefault(len(shape), []).append((shape, methods))
        for some in self._known.values():
            some.sort(key=lambda one: [part is None for part in one[0]])

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route and the values of its braces. Refuses ``no_such_route`` and ``method_not_allowed``."""
        parts = path.strip("/").split("/")
        for shape, methods in self._known.get(len(parts), ()):
            if all(want in {None, part} for want, part in zip(shape, parts, strict=True)):
                if method not in methods:
                    raise Refused(refusals.METHOD_NOT_ALLOWED)
                return methods[method], _values(methods[method], parts)
        raise Refused(refusals.NO_SUCH_ROUTE)


def _values(route: Route, parts: list[str]) -> dict[str, str]:
    names = route.path.strip("/").split("/")
    return {
        name.strip("{}"): unquote(part) for name, part in zip(names, parts, strict=True) if name.startswith("{")
    }  # fmt: skip
