"""The seal of a bundle: whatever is changed shows, and only the bureau's key is the bureau's."""

import json
import os
import shutil
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from loadtest.bundle.files import MANIFEST, SEAL
from loadtest.bundle.record import canonical
from loadtest.bundle.signing import (
    UnusableKey,
    create_key_pair,
    files_below,
    fingerprint,
    read_private_key,
    read_public_key,
    seal_bundle,
)
from loadtest.bundle.verification import check_bundle, verify_bundle

KEY = Ed25519PrivateKey.generate()


def sealed(path: Path, key: Ed25519PrivateKey | None = KEY) -> Path:
    """A little bundle."""
    (path / "history").mkdir(parents=True)
    (path / "verdict.json").write_bytes(b'{"overall": "PASS"}\n')
    (path / "history" / "worker-00001.attempts").write_bytes(bytes(range(72)))
    seal_bundle(path, key)
    return path


def test_an_untouched_bundle_is_whole_and_its_signer_known(tmp_path: Path) -> None:
    checked = check_bundle(sealed(tmp_path / "b"), KEY.public_key())
    assert checked.problems == ()
    assert (checked.signature, checked.signer) == ("signed", fingerprint(KEY.public_key()))


def test_without_the_public_key_the_signer_stays_unknown(tmp_path: Path) -> None:
    checked = check_bundle(sealed(tmp_path / "b"))
    assert (checked.problems, checked.signature) == ((), "unknown_signer")


@pytest.mark.parametrize("key", [KEY, None], ids=["signed", "unsigned"])
def test_any_flipped_byte_of_any_file_fails(tmp_path: Path, key: Ed25519PrivateKey | None) -> None:
    folder = sealed(tmp_path / "b", key)
    unseen = []
    for name in files_below(folder):
        path = folder / name
        good = path.read_bytes()
        for place in range(len(good)):
            bad = bytearray(good)
            bad[place] ^= 1
            path.write_bytes(bad)
            if not verify_bundle(folder):
                unseen.append((name, place))
        path.write_bytes(good)
    assert not unseen
    assert not verify_bundle(folder)


def test_a_missing_an_added_and_a_moved_file_fail(tmp_path: Path) -> None:
    folder = sealed(tmp_path / "b")
    (folder / "verdict.json").rename(folder / "verdict2.json")
    problems = verify_bundle(folder)
    assert any("verdict.json: missing" in line for line in problems)
    assert any("verdict2.json: not in the manifest" in line for line in problems)


@pytest.mark.parametrize("name", [MANIFEST, SEAL])
def test_a_bundle_without_manifest_or_seal_fails(tmp_path: Path, name: str) -> None:
    folder = sealed(tmp_path / "b")
    (folder / name).unlink()
    assert any(name in line for line in verify_bundle(folder))


def test_a_symbolic_link_is_no_file_of_a_bundle(tmp_path: Path) -> None:
    folder = sealed(tmp_path / "b")
    elsewhere = tmp_path / "same.json"
    shutil.move(folder / "verdict.json", elsewhere)
    (folder / "verdict.json").symlink_to(elsewhere)
    assert any("not an ordinary file" in line for line in verify_bundle(folder))


def test_a_bundle_sealed_anew_by_somebody_else_fails_against_the_bureaus_key(tmp_path: Path) -> None:
    folder = sealed(tmp_path / "b")
    (folder / "verdict.json").write_bytes(b'{"overall": "FAIL"}\n')
    seal_bundle(folder, Ed25519PrivateKey.generate())
    assert not verify_bundle(folder), "in itself it is whole"
    assert any("another key" in line for line in verify_bundle(folder, KEY.public_key()))


def test_a_signature_that_was_taken_away_is_noticed(tmp_path: Path) -> None:
    folder = sealed(tmp_path / "b")
    seal = json.loads((folder / SEAL).read_bytes())
    bare = {name: seal[name] for name in ("format", "manifest_sha256")}
    (folder / SEAL).write_bytes(canonical(bare))
    assert any("taken away" in line for line in verify_bundle(folder))


def test_an_unsigned_bundle_says_so_and_fails_only_where_a_key_is_asked_for(tmp_path: Path) -> None:
    folder = sealed(tmp_path / "b", None)
    assert check_bundle(folder).signature == "unsigned"
    assert not verify_bundle(folder)
    assert any("未签署" in line for line in verify_bundle(folder, KEY.public_key()))


def test_a_key_pair_is_made_once_for_its_owner_and_signs(tmp_path: Path) -> None:
    private, public = tmp_path / "bureau.pem", tmp_path / "bureau.pub"
    shown = create_key_pair(private, public)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert fingerprint(read_public_key(public)) == shown
    folder = sealed(tmp_path / "b", read_private_key(private))
    assert check_bundle(folder, read_public_key(public)).signature == "signed"
    with pytest.raises(FileExistsError):
        create_key_pair(private, tmp_path / "other.pub")


def test_a_locked_key_opens_with_its_password_only(tmp_path: Path) -> None:
    private, public = tmp_path / "bureau.pem", tmp_path / "bureau.pub"
    create_key_pair(private, public, b"open sesame")
    assert fingerprint(read_private_key(private, b"open sesame").public_key()) == fingerprint(read_public_key(public))
    with pytest.raises(UnusableKey):
        read_private_key(private)


def test_what_is_no_ed25519_key_is_refused_in_words(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

    other = generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "other.pem"
    path.write_bytes(other)
    with pytest.raises(UnusableKey, match="not an Ed25519 key"):
        read_private_key(path)
    with pytest.raises(UnusableKey, match="no public key"):
        read_public_key(path)
    with pytest.raises(UnusableKey):
        read_private_key(Path(os.devnull))
