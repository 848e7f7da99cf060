"""The invented platform of the guide "write an adapter": claims are taken at once and decided a moment later."""

import base64
import itertools
import json
import secrets
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

_DECIDED_AFTER = timedelta(milliseconds=30)


class Lantern:
    """``close`` ends it. ``oversells``: the last ticket is given out twice."""

    def __init__(self, key: RSAPublicKey, *, oversells: bool = False) -> None:
        self._key, self._oversells = key, oversells
        self._acts: dict[str, dict[str, Any]] = {}
        self._grabs: dict[tuple[str, str], dict[str, Any]] = {}
        self._lock, self._numbers = threading.Lock(), itertools.count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method: str, target: str, signature: str, raw: bytes) -> Mapping[str, Any]:
        """One reply. ``ret`` 0 done, 1 accepted, 40 to 45 refused, 91 badly signed."""
        try:
            self._key.verify(base64.b64decode(signature), f"{method} {target}\n".encode() + raw, PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            return {"ret": 91}
        path, query = urlsplit(target).path, {k: v[0] for k, v in parse_qs(urlsplit(target).query).items()}
        with self._lock:
            if (method, path) == ("POST", "/api/acts"):
                return self._new_act(json.loads(raw))
            if (method, path) == ("GET", "/api/acts"):
                return {"ret": 0, "acts": list(self._acts.values()), "time": datetime.now(UTC).isoformat()}
            if method == "POST":
                return self._grab(json.loads(raw))
            return self._looked_up(self._grabs[query["user"], query["sn"]])

    def _new_act(self, said: dict[str, Any]) -> Mapping[str, Any]:
        act = {**said, "id": f"A{next(self._numbers)}", "issued": 0, "remaining": said["quota"]}
        self._acts[act["id"]] = act
        return {"ret": 0, "act": act}

    def _grab(self, asked: dict[str, Any]) -> Mapping[str, Any]:
        number = (asked["user"], asked["sn"])
        before = self._grabs.get(number)
        if before is not None and before["decided"]["ret"] == 0:
            same = before["act"] == asked["act"]
            return {**self._looked_up(before), "again": True} if same else {"ret": 45}
        self._grabs[number] = {
            "act": asked["act"], "at": datetime.now(UTC), "decided": self._decided(asked["user"], asked["act"])
        }  # fmt: skip
        return {"ret": 1}

    def _looked_up(self, grab: Mapping[str, Any]) -> Mapping[str, Any]:
        waiting = datetime.now(UTC) < grab["at"] + _DECIDED_AFTER
        decided: Mapping[str, Any] = {"ret": 1} if waiting else grab["decided"]
        return decided

    def _decided(self, user: str, act_id: str) -> Mapping[str, Any]:
        act, now = self._acts.get(act_id), datetime.now(UTC)
        if act is None:
            return {"ret": 40}
        if now < datetime.fromisoformat(act["claim_opens_at"]):
            return {"ret": 43}
        if now >= datetime.fromisoformat(act["claim_closes_at"]):
            return {"ret": 44}
        held = [
            one["decided"]["ticket"]["id"]
            for (holder, _), one in self._grabs.items()
            if one["decided"]["ret"] == 0 and (one["act"], holder) == (act_id, user)
        ]
        if len(held) >= act["per_person_limit"]:
            return {"ret": 42, "held": held}
        if act["issued"] >= act["quota"] + self._oversells:
            return {"ret": 41}
        act["issued"] += 1
        act["remaining"] = max(0, act["remaining"] - 1)
        return {"ret": 0, "ticket": _ticket(act, next(self._numbers), len(held) + 1, now)}


def _ticket(act: Mapping[str, Any], number: int, nth: int, now: datetime) -> Mapping[str, Any]:
    start = max(now, datetime.fromisoformat(act["valid_from"]))
    return {
        "id": f"T{number}", "batch_id": act["id"], "state": "issued", "face_fen": act["face_fen"],
        "threshold_fen": act["threshold_fen"], "code": secrets.token_hex(12), "nth": nth, "claimed_at": now.isoformat(),
        "valid_from": start.isoformat(), "valid_until": act["valid_until"],
    }  # fmt: skip


def _handler(lantern: Lantern) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _reply(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            signature = self.headers.get("X-Signature", "")
            body = json.dumps(lantern.answer(self.command, self.path, signature, raw)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self._reply()

        def do_POST(self) -> None:
            self._reply()

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    return Handler
