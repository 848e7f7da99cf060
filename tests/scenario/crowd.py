"""A crowd that claims or redeems all at once, run as a process of its own: gevent patches sockets.

``python -m tests.scenario.crowd`` reads a JSON job from standard input and writes the outcomes to standard output. A
job is ``{"base_url", "connections", "retries", "requests": [{"path", "token", "key", "body"}]}``; the outcomes are
``[status, code, body's digest, attempts, replayed, id]`` in the order of the requests, and every status met.
"""

from gevent import monkey

monkey.patch_all()

import hashlib  # noqa: E402 - after the patch, as gevent wants it
import json  # noqa: E402
import sys  # noqa: E402
from collections import Counter  # noqa: E402
from typing import Any  # noqa: E402

import gevent  # noqa: E402
from gevent.pool import Pool  # noqa: E402
from geventhttpclient import HTTPClient  # noqa: E402

_TIMEOUT_S = 20
_LONGEST_WAIT_S = 2.0


class Crowd:
    """Sends every request until it is decided: 202, 503 and lost replies are sent again with the same key."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self._clients = [self._client() for _ in range(job["connections"])]
        self.met: Counter[str] = Counter()

    def run(self) -> list[list[Any]]:
        """All requests, as many at once as there are connections."""
        pool = Pool(self._job["connections"])
        return list(pool.map(self._send, self._job["requests"]))

    def _client(self) -> Any:
        return HTTPClient.from_url(
            self._job["base_url"], concurrency=1, connection_timeout=_TIMEOUT_S, network_timeout=_TIMEOUT_S
        )

    def _send(self, asked: dict[str, Any]) -> list[Any]:
        attempt = 0
        while True:
            attempt += 1
            status, headers, body = self._once(asked)
            code = _code(body) if status >= 400 else ""
            self.met[f"{status} {code}".strip()] += 1
            if status not in {0, 202, 503} or attempt > self._job["retries"]:
                digest = hashlib.sha256(body).hexdigest()
                voucher = json.loads(body).get("id") if status == 201 else None
                return [status, code, digest, attempt, headers.get("idempotent-replayed") == "true", voucher]
            gevent.sleep(min(float(headers.get("retry-after", 0.1)), _LONGEST_WAIT_S))

    def _once(self, asked: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        client = self._clients.pop()
        headers = {
            "Authorization": f"Bearer {asked['token']}", "Idempotency-Key": asked["key"],
            "Content-Type": "application/json",
        }  # fmt: skip
        try:
            reply = client.post(asked["path"], body=json.dumps(asked["body"]).encode(), headers=headers)
            body = bytes(reply.read())
            return reply.status_code, {str(k).lower(): str(v) for k, v in reply.headers}, body
        except Exception:  # noqa: BLE001 - the client raises many kinds; each means "no complete reply"
            client.close()
            client = self._client()  # a closed one keeps the place of its connection, and would wait for it for ever
            return 0, {}, b""
        finally:
            self._clients.append(client)


def _code(body: bytes) -> str:
    try:
        return str(json.loads(body).get("code", ""))
    except ValueError:
        return "no json"


if __name__ == "__main__":
    crowd = Crowd(json.load(sys.stdin))
    done = crowd.run()
    json.dump({"outcomes": done, "met": crowd.met}, sys.stdout)
