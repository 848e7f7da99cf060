"""Adapters by name: our own, and a third party's by the dotted path to its factory."""

import importlib
from collections.abc import Callable

from voucher_contract.adapters.favor_stock.adapter import FavorStockAdapter
from voucher_contract.adapters.native import NativeAdapter
from voucher_contract.adapters.protocol import Adapter, Surroundings

Factory = Callable[[Surroundings], Adapter]


class UnknownAdapter(ValueError):
    """No adapter can be made of a name; the text says why."""


def _native(surroundings: Surroundings) -> Adapter:  # noqa: ARG001 - the contract's wire needs nothing of them
    return NativeAdapter()


OUR_ADAPTERS: dict[str, Factory] = {"native": _native, "favor_stock": FavorStockAdapter}


def load_adapter(name: str, surroundings: Surroundings) -> Adapter:
    """The adapter called ``name``: one of ours, or ``package.module:factory``, a callable that takes Surroundings.

    Raises UnknownAdapter, naming what is wrong. What the factory itself raises is the adapter's fault, and passes.
    """
    if name in OUR_ADAPTERS:
        return OUR_ADAPTERS[name](surroundings)
    return _third_party(name)(surroundings)


def _third_party(name: str) -> Factory:
    module_name, colon, factory_name = name.partition(":")
    if not (module_name and colon and factory_name):
        ours = ", ".join(OUR_ADAPTERS)
        raise UnknownAdapter(f"{name}: neither one of {ours} nor package.module:factory 没有这个适配器")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise UnknownAdapter(f"{name}: {module_name} cannot be imported 无法导入: {error}") from error
    factory = getattr(module, factory_name, None)
    if not callable(factory):
        raise UnknownAdapter(f"{name}: {module_name} has no callable {factory_name} 没有该工厂函数")
    made: Factory = factory
    return made
