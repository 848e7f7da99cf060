"""Reads the selection an officer keeps: a folder with selection.toml in it, or that file."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from loadtest.bundle.signing import UnusableKey, read_public_key
from loadtest.selection.consistency import inconsistencies
from loadtest.selection.faults import Fault, SelectionFaults, read_strictly
from loadtest.selection.model import SelectionFile
from loadtest.selection.said import said
from voucher_contract.notice import Notice, NoticeError, load_notice

FILE = "selection.toml"


@dataclass(frozen=True)
class Entered:
    """What was entered and is consistent. ``folder``: what its paths are relative to. ``digest``: SHA-256 of the file.

    ``key``: the bureau's public key, where one is to be used.
    """

    folder: Path
    file: SelectionFile
    notice: Notice
    digest: str
    key: Ed25519PublicKey | None = None


def read_selection(where: Path, public_key: Path | None = None) -> Entered:
    """The selection; ``public_key`` given here goes before the file's own. Raises SelectionFaults."""
    path = where / FILE if where.is_dir() else where
    file = read_strictly(path, SelectionFile)
    notice = _notice(path, file)
    key = _key(path, file, public_key)
    faults = inconsistencies(file, notice)
    if faults:
        raise SelectionFaults(path, faults)
    return Entered(path.parent, file, notice, hashlib.sha256(path.read_bytes()).hexdigest(), key)


def _notice(path: Path, file: SelectionFile) -> Notice:
    try:
        return load_notice(path.parent / file.notice_file if file.notice_file else None)
    except NoticeError as error:
        raise SelectionFaults(path, [Fault("notice_file", said("fault.notice_file", detail=str(error)))]) from error


def _key(path: Path, file: SelectionFile, given: Path | None) -> Ed25519PublicKey | None:
    own = file.evidence.public_key
    if given is None and own is None:
        return None
    try:
        return read_public_key(given or path.parent / str(own))
    except UnusableKey as error:
        field = "--public-key" if given else "evidence.public_key"
        raise SelectionFaults(path, [Fault(field, said("fault.public_key"))]) from error
