"""The manifest of a bundle and the bureau's signature over it.

``manifest.json`` names every file with its SHA-256. ``seal.json`` holds the SHA-256 of the manifest and, where the
bureau's key was at hand, an Ed25519 signature over the manifest's bytes. Without a key the seal still shows damage,
but proves nobody's hand: the bundle is 未签署. Both are canonical JSON, so that no byte of them can change unseen.
"""

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from loadtest.bundle.files import MANIFEST, SEAL
from loadtest.bundle.record import canonical

MANIFEST_FORMAT, SEAL_FORMAT = "voucherlab-manifest/1", "voucherlab-seal/1"
ALGORITHM = "Ed25519"
_CHUNK = 1 << 20


class UnusableKey(ValueError):
    """A key file that cannot be used; the text says which and why."""


def create_key_pair(private_path: Path, public_path: Path, password: bytes | None = None) -> str:
    """A new key pair as PEM files, the private one readable by its owner only; returns the public fingerprint.

    Raises FileExistsError rather than overwrite a key.
    """
    key = Ed25519PrivateKey.generate()
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    if public_path.exists():
        raise FileExistsError(public_path)
    with os.fdopen(os.open(private_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private)
    public_path.write_bytes(public)
    return fingerprint(key.public_key())


def read_private_key(path: Path, password: bytes | None = None) -> Ed25519PrivateKey:
    """The bureau's private key. Raises UnusableKey."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UnusableKey(f"{path}: no private key that can be read 无法读取私钥: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKey(f"{path}: not an Ed25519 key 不是 Ed25519 密钥")
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    """The bureau's public key. Raises UnusableKey."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise UnusableKey(f"{path}: no public key that can be read 无法读取公钥: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise UnusableKey(f"{path}: not an Ed25519 key 不是 Ed25519 密钥")
    return key


def raw_public(key: Ed25519PublicKey) -> bytes:
    """Its 32 bytes."""
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of the public key's 32 bytes in hex: what the bureau publishes, and people compare."""
    return hashlib.sha256(raw_public(key)).hexdigest()


@dataclass(frozen=True)
class FileDigest:
    """A file of the bundle as the manifest names it."""

    sha256: str
    size: int


def digest_of(path: Path) -> FileDigest:
    """SHA-256 and size of a file, read in pieces."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
            size += len(piece)
    return FileDigest(digest.hexdigest(), size)


def files_below(folder: Path) -> list[str]:
    """Every entry below that is no folder, by path with slashes, sorted; symbolic links are listed, not followed."""
    found = []
    for parent, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        found += [(Path(parent) / name).relative_to(folder).as_posix() for name in (*names, *links)]
    return sorted(found)


def seal_bundle(folder: Path, key: Ed25519PrivateKey | None = None) -> None:
    """Write manifest and seal over everything in the folder."""
    listed = {name: digest_of(folder / name) for name in files_below(folder) if name not in {MANIFEST, SEAL}}
    manifest = canonical({
        "format": MANIFEST_FORMAT, "signed_by": fingerprint(key.public_key()) if key else None,
        "files": {name: {"sha256": one.sha256, "bytes": one.size} for name, one in listed.items()},
    })  # fmt: skip
    (folder / MANIFEST).write_bytes(manifest)
    (folder / SEAL).write_bytes(canonical(_seal(manifest, key)))


def _seal(manifest: bytes, key: Ed25519PrivateKey | None) -> dict[str, Any]:
    seal: dict[str, Any] = {"format": SEAL_FORMAT, "manifest_sha256": hashlib.sha256(manifest).hexdigest()}
    if key is not None:
        public = base64.b64encode(raw_public(key.public_key())).decode()
        signature = base64.b64encode(key.sign(manifest)).decode()
        seal |= {"algorithm": ALGORITHM, "public_key": public, "signature": signature}
    return seal
