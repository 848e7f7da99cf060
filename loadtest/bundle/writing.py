"""Makes a run's folder into its bundle: redacts, judges by clause, writes report, matrix and verdict, seals.

The bundle is the folder itself, so that whoever receives it can judge the evidence again. Whatever lies in it is
handed out: redaction comes first, and a known secret that is still there afterwards stops everything.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from loadtest.bundle.files import JUNIT, MADE_HERE, MATRIX, RECORD, REGISTRY, REPORT, VERDICT
from loadtest.bundle.findings import Findings, find
from loadtest.bundle.junit import junit_xml
from loadtest.bundle.record import RunRecord, canonical
from loadtest.bundle.redaction import Redactor
from loadtest.bundle.report import report_html
from loadtest.bundle.signing import digest_of, files_below, fingerprint, seal_bundle
from loadtest.bundle.verdict_file import verdict_document
from loadtest.bundle.workbook import matrix_workbook
from loadtest.cases.model import all_cases
from voucher_contract.notice import load_notice

__all__ = ["RECORD", "REPORT", "VERDICT", "redact_evidence", "write_bundle"]
_JSON, _LINES = frozenset({".json"}), frozenset({".jsonl", ".txt", ".log", ".csv", ".toml", ".md"})
# Entries of a notes file lie at fixed offsets, with raw replies in them.
_TEXT_IN_BINARY = frozenset({".notes"})
# Fixed-width numbers of a history: no text, and a pattern found in them by chance must not be masked.
_NUMBERS = frozenset({".attempts", ".npy", ".npz"})


def write_bundle(
    folder: Path, record: RunRecord, key: Ed25519PrivateKey | None = None, secrets: Iterable[str] = ()
) -> Findings:
    """Complete the folder of a finished run; ``secrets`` are its tokens and passwords, where they are known.

    Raises Leak, and ValueError when record, notice and registry do not belong together or a file is of no known kind.
    """
    redactor = Redactor(secrets)
    redact_evidence(folder, redactor)
    record = RunRecord.from_json(redactor.value(record.as_json()))
    findings = find(record, load_notice(), all_cases(), evidence_digest(folder))
    for name, content in _made(findings, key).items():
        (folder / name).write_bytes(content)
    for name in files_below(folder):
        if Path(name).suffix not in _NUMBERS:
            redactor.refuse_leaks((folder / name).read_bytes(), name)
    seal_bundle(folder, key)
    return findings


def redact_evidence(folder: Path, redactor: Redactor) -> None:
    """Redact every file that the run left, in place. Doing it twice changes nothing more.

    Raises ValueError for a file of a kind that cannot be redacted, and for symbolic links.
    """
    for name in sorted(set(files_below(folder)) - MADE_HERE):
        path = folder / name
        if path.is_symlink():
            raise ValueError(f"{name}: a symbolic link does not travel with a bundle 证据目录不得含符号链接")
        if path.suffix not in _NUMBERS:
            _replace(path, _redacted(path, redactor))


def evidence_digest(folder: Path) -> str:
    """SHA-256 over name and SHA-256 of every file that the run left."""
    listed = {name: digest_of(folder / name).sha256 for name in files_below(folder) if name not in MADE_HERE}
    return hashlib.sha256(canonical(listed)).hexdigest()


def _redacted(path: Path, redactor: Redactor) -> bytes:
    raw = path.read_bytes()
    if path.suffix in _JSON:
        value = json.loads(raw)
        masked = redactor.value(value)
        return raw if masked == value else (json.dumps(masked, ensure_ascii=False, indent=1) + "\n").encode()
    if path.suffix in _LINES:
        return redactor.text(raw.decode()).encode()
    if path.suffix in _TEXT_IN_BINARY:
        return redactor.same_length(raw)
    raise ValueError(f"{path.name}: files of this kind cannot be redacted, so they do not travel 无法脱敏的文件类型")


def _replace(path: Path, content: bytes) -> None:
    """Whole or not at all; an unchanged file is not touched."""
    if path.read_bytes() == content:
        return
    draft = path.with_name(path.name + ".redacted")
    draft.write_bytes(content)
    draft.replace(path)


def _made(findings: Findings, key: Ed25519PrivateKey | None) -> dict[str, bytes]:
    signer = fingerprint(key.public_key()) if key else None
    registry = [case.model_dump(mode="json") for case in all_cases().values()]
    return {
        RECORD: _json(findings.record.as_json()), VERDICT: _json(verdict_document(findings)), REGISTRY: _json(registry),
        REPORT: report_html(findings, signer).encode(), MATRIX: matrix_workbook(findings, signer),
        JUNIT: junit_xml(findings),
    }  # fmt: skip


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
