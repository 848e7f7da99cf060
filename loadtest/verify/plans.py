"""Plans by path, or one of those that come with the bench by its name."""

from importlib import resources
from pathlib import Path

from loadtest.agreed.plan import Plan
from loadtest.agreed.reading import ConfigurationError, read_agreed


def plan_named(name: str) -> Plan:
    """A plan file, or a shipped plan (``quick``, ``standard``, ``full``). Raises ConfigurationError."""
    with resources.as_file(resources.files("loadtest.plans")) as folder:
        shipped = {file.stem: file for file in folder.glob("*.toml")}
        if name in shipped:
            return read_agreed(shipped[name], Plan)
    if not name.endswith(".toml"):
        raise ConfigurationError(f"--plan {name}: a .toml file, or one of {', '.join(sorted(shipped))} 没有这个计划")
    return read_agreed(Path(name), Plan)
