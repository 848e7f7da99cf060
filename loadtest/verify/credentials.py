"""The officers' sign-ins of a target file, complete before anything is sent."""

import json
from pathlib import Path

from loadtest.agreed.adapter import adapter_of
from loadtest.agreed.reading import ConfigurationError
from loadtest.agreed.target import Target, password_of
from loadtest.lab.staff import Login
from voucher_contract import routes

_NEEDED = {"bureau": 2, "auditor": 1, "operator": 1}


def logins_of(target: Target) -> list[Login]:
    """Two of the bureau, an auditor, an operator; nobody on a wire without sign-ins. Raises ConfigurationError."""
    if adapter_of(target).missing(routes.SIGN_IN.name) is not None:
        return []
    given = target.credentials
    if given.staff_file is None:
        logins = [Login(one.role, one.login, password_of(one)) for one in given.staff]
    else:
        logins = _staff_file(Path(given.staff_file))
    roles = [login.role for login in logins]
    missing = [f"{count} {role}" for role, count in _NEEDED.items() if roles.count(role) < count]
    if missing:
        raise ConfigurationError(f"credentials.staff: at least {', '.join(missing)} are needed 角色不足")
    return logins


def _staff_file(path: Path) -> list[Login]:
    try:
        return [Login(one["role"], one["login"], one["password"]) for one in json.loads(path.read_text("utf-8"))]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"credentials.staff_file: {path} cannot be used 无法使用: {error!r}") from error
