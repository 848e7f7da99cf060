"""Checks a bundle against its manifest, its seal and, where given, the bureau's public key."""

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from loadtest.bundle.files import MANIFEST, SEAL
from loadtest.bundle.record import canonical
from loadtest.bundle.signing import (
    ALGORITHM,
    MANIFEST_FORMAT,
    SEAL_FORMAT,
    digest_of,
    files_below,
    fingerprint,
    raw_public,
)

Signature = Literal["unsigned", "unknown_signer", "signed", "bad"]
SIGNATURE_ZH: dict[Signature, str] = {
    "unsigned": "未签署：可查出损坏，不能证明出自何人",
    "unknown_signer": "签名有效，但未提供主管部门公钥，签署人身份未核对",
    "signed": "签名有效，与所给公钥一致",
    "bad": "签名无效",
}
_BARE_KEYS = {"format", "manifest_sha256"}
_SIGNED_KEYS = _BARE_KEYS | {"algorithm", "public_key", "signature"}


@dataclass(frozen=True)
class Checked:
    """What the check of a bundle found. No ``problems``: whole. ``signature`` says who stands behind it."""

    problems: tuple[str, ...]
    signature: Signature
    signer: str | None


def verify_bundle(folder: Path, public_key: Ed25519PublicKey | None = None) -> list[str]:
    """Everything wrong with the bundle, in words; empty when it is whole (see ``check_bundle`` for who signed it)."""
    return list(check_bundle(folder, public_key).problems)


def check_bundle(folder: Path, public_key: Ed25519PublicKey | None = None) -> Checked:
    """Compare every file with the manifest, the manifest with the seal, the seal with the key."""
    manifest_raw, seal_raw = (_bytes(folder / name) for name in (MANIFEST, SEAL))
    manifest, seal = (_canonical_object(raw) for raw in (manifest_raw, seal_raw))
    if manifest_raw is None or manifest is None or not _is_manifest(manifest):
        return Checked((f"{MANIFEST}: missing or damaged 缺失或已损坏",), "bad", None)
    if seal is None or not _is_seal(seal):
        return Checked((f"{SEAL}: missing or damaged 缺失或已损坏",), "bad", None)
    problems = _file_problems(folder, manifest["files"])
    if seal["manifest_sha256"] != hashlib.sha256(manifest_raw).hexdigest():
        problems.append(f"{MANIFEST}: not the one that was sealed 与封签不一致")
    signature, wrong = _judge_signature(manifest_raw, manifest["signed_by"], seal, public_key)
    return Checked((*problems, *wrong), signature, manifest["signed_by"])


def _judge_signature(
    manifest_raw: bytes, signed_by: str | None, seal: dict[str, Any], public_key: Ed25519PublicKey | None
) -> tuple[Signature, list[str]]:
    if "signature" not in seal:
        return _judge_bare(signed_by, public_key)
    key = _signer(manifest_raw, seal)
    if key is None:
        return "bad", [f"{SEAL}: the signature does not fit 签名与内容不符"]
    if fingerprint(key) != signed_by:
        return "bad", [f"{SEAL}: signed by another key than the manifest names 签署密钥与清单所列不同"]
    if public_key is not None and raw_public(public_key) != raw_public(key):
        return "bad", ["signed with another key than the one given 签署密钥不是所给公钥"]
    return ("unknown_signer" if public_key is None else "signed"), []


def _judge_bare(signed_by: str | None, public_key: Ed25519PublicKey | None) -> tuple[Signature, list[str]]:
    if signed_by is not None:
        return "bad", [f"{SEAL}: the signature was taken away 签名已被去除"]
    wrong = [] if public_key is None else ["the bundle is not signed 未签署，无法用公钥核对"]
    return "unsigned", wrong


def _signer(manifest_raw: bytes, seal: dict[str, Any]) -> Ed25519PublicKey | None:
    """The key in the seal, if its signature fits the manifest."""
    try:
        public, signature = (base64.b64decode(seal[name], validate=True) for name in ("public_key", "signature"))
        key = Ed25519PublicKey.from_public_bytes(public)
        key.verify(signature, manifest_raw)
    except (InvalidSignature, ValueError, TypeError):
        return None
    # Base64 can write the same bytes in several ways; only the one that sealing writes is taken.
    written = (base64.b64encode(raw).decode() for raw in (public, signature))
    return key if tuple(written) == (seal["public_key"], seal["signature"]) and seal["algorithm"] == ALGORITHM else None


def _file_problems(folder: Path, listed: dict[str, dict[str, Any]]) -> list[str]:
    present = set(files_below(folder)) - {MANIFEST, SEAL}
    problems = [f"{name}: missing 缺少文件" for name in sorted(listed.keys() - present)]
    problems += [f"{name}: not in the manifest 多出的文件" for name in sorted(present - listed.keys())]
    for name in sorted(present & listed.keys()):
        path = folder / name
        if path.is_symlink() or not path.is_file():
            problems.append(f"{name}: not an ordinary file 不是普通文件")
        elif digest_of(path).sha256 != listed[name]["sha256"]:
            problems.append(f"{name}: changed 内容被改动")
    return problems


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() and not path.is_symlink() else None


def _canonical_object(raw: bytes | None) -> dict[str, Any] | None:
    """The object, only if the bytes are its one canonical form."""
    if raw is None:
        return None
    try:
        value = json.loads(raw)
        return value if isinstance(value, dict) and canonical(value) == raw else None
    except ValueError:
        return None


def _is_manifest(value: dict[str, Any]) -> bool:
    files = value.get("files")
    return (
        value.get("format") == MANIFEST_FORMAT
        and value.keys() == {"format", "signed_by", "files"}
        and (value["signed_by"] is None or isinstance(value["signed_by"], str))
        and isinstance(files, dict)
        and all(isinstance(one, dict) and one.keys() == {"sha256", "bytes"} for one in files.values())
    )


def _is_seal(value: dict[str, Any]) -> bool:
    keys = value.keys()
    return value.get("format") == SEAL_FORMAT and (keys == _SIGNED_KEYS if "signature" in keys else keys == _BARE_KEYS)
