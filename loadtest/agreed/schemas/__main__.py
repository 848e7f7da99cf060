"""Writes the schemas beside this module."""

from pathlib import Path

from loadtest.agreed.schemas import write_all

write_all(Path(__file__).parent)
