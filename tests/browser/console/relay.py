"""A way to the platform that counts what goes through it, and can be cut."""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx


class Relay:
    """Passes requests on to ``target``, ``delay_s`` late; while ``cut``, whoever asks finds the connection closed."""

    def __init__(self, target: str) -> None:
        self.asked: list[str] = []
        self.cut = False
        self.delay_s = 0.0
        relay = self

        class Handler(BaseHTTPRequestHandler):
            def _pass_on(self) -> None:
                relay.asked.append(self.path)
                size = int(self.headers.get("Content-Length") or 0)
                content = self.rfile.read(size)
                time.sleep(relay.delay_s)
                if relay.cut:
                    self.close_connection = True
                    return
                kept = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                answer = httpx.request(
                    self.command, target + self.path, headers=kept, content=content, trust_env=False
                )  # fmt: skip
                self.send_response(answer.status_code)
                self.send_header("Content-Type", answer.headers.get("content-type", ""))
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_POST = _pass_on  # noqa: N815 - the names that http.server calls

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
