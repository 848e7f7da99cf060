"""What this vendor offers of what a vendor may leave out, and the operations that come with it."""

from voucher_contract.routes import ROUTES, Route

CAPABILITIES = ("sandbox_clock", "sandbox_people", "geofence", "dynamic_code", "merchant_import", "settlement")
"""No callbacks, no audit package, and no risk rules: whoever asks for alerts finds no such address."""

OFFERED: dict[str, Route] = {
    name: route for name, route in ROUTES.items() if route.capability is None or route.capability in CAPABILITIES
}
