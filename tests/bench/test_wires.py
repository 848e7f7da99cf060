"""A request leaves at most once, whatever the server does to it; and TLS is verified unless told otherwise."""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from geventhttpclient import HTTPClient

from loadtest.engine.wires import CannotConnect, CannotStart, Wires
from tests.bench.servers import answer, close_without_reply, counting, half_a_reply
from voucher_contract.operations.protocol import Call, Reply

POST = Call("POST", "/v1/batches/b/claims", {"Idempotency-Key": "k" * 20}, b"{}")
GET = Call("GET", "/v1/meta", {})


OpenWires = Callable[..., Wires]


@pytest.fixture
def open_wires() -> Iterator[OpenWires]:
    """Wires that are closed with the test."""
    opened: list[Wires] = []

    def open_one(url: str, *, timeout_s: float, ca_file: str | None = None) -> Wires:
        opened.append(Wires(url, timeout_s=timeout_s, ca_file=ca_file))
        return opened[-1]

    yield open_one
    for wires in opened:
        wires.close()


def once(wires: Wires, call: Call) -> Reply:
    """One request over whatever connection is free."""
    return wires.exchange(wires.take(), wires.raw(call), call.method)


@pytest.mark.parametrize("call", [POST, GET], ids=["POST", "GET"])
@pytest.mark.parametrize("behave", [close_without_reply, half_a_reply])
def test_a_request_whose_reply_is_lost_is_on_the_wire_exactly_once(
    open_wires: OpenWires, call: Call, behave: object
) -> None:
    with counting(behave) as server:  # type: ignore[arg-type]  # both are behaviours
        wires = open_wires(server.url, timeout_s=5)
        replies = [once(wires, call) for _ in range(20)]
        assert [reply.status for reply in replies] == [0] * 20
        assert all(reply.sent for reply in replies)
        assert len(server.requests) == 20


def test_the_client_of_the_library_itself_sends_a_lost_read_again() -> None:
    """Why the wires are our own: this is what they must not do. If it stops, they may go."""
    with counting(close_without_reply) as server:
        client = HTTPClient.from_url(server.url, concurrency=3)
        with pytest.raises(Exception, match="closed"):
            client.get("/v1/meta")
        assert len(server.requests) > 1


@pytest.mark.parametrize("call", [POST, GET], ids=["POST", "GET"])
def test_a_connection_closed_while_idle_is_replaced_and_the_request_sent_once(
    open_wires: OpenWires, call: Call
) -> None:
    def hang_up_after(connection: socket.socket, request: bytes) -> bool:
        answer(connection, request)
        return False

    with counting(hang_up_after) as server:
        wires = open_wires(server.url, timeout_s=5)
        for number in range(1, 11):
            assert once(wires, call).status == 201
            time.sleep(0.02)  # the server's end of the connection is closed by now
            assert len(server.requests) == number


def test_a_connection_closed_in_the_very_moment_of_sending_gives_unknown_and_no_second_request(
    open_wires: OpenWires,
) -> None:
    """The race that no look at an idle connection can exclude: here it is lost every time, after the look."""
    with counting(answer) as server:
        wires = open_wires(server.url, timeout_s=5)
        assert once(wires, POST).status == 201
        connection = wires.take()
        connection.shutdown(socket.SHUT_RDWR)
        reply = wires.exchange(connection, wires.raw(POST), "POST")
        assert (reply.status, reply.sent) == (0, True)
        assert len(server.requests) == 1


def test_connections_are_kept_and_used_again(open_wires: OpenWires) -> None:
    with counting(answer) as server:
        wires = open_wires(server.url, timeout_s=5)
        for _ in range(50):
            assert once(wires, POST).status == 201
        assert server.connections == 1


def test_a_refused_connection_is_known_never_to_have_been_sent(open_wires: OpenWires) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(CannotConnect):
        open_wires(f"http://127.0.0.1:{port}", timeout_s=5).take()


def test_a_reply_that_takes_too_long_ends_as_unknown(open_wires: OpenWires) -> None:
    def never(connection: socket.socket, _: bytes) -> bool:
        time.sleep(2)
        return False

    with counting(never) as server:
        wires = open_wires(server.url, timeout_s=0.2)
        began = time.monotonic()
        assert once(wires, POST).status == 0
        assert time.monotonic() - began < 1


@pytest.mark.parametrize("host", ["ftp://x", "nothing", "http://"])
def test_an_address_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(CannotStart):
        Wires(host, timeout_s=1)


@pytest.fixture(scope="module")
def own_authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody but its own file vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder


@pytest.fixture
def tls_server(own_authority: Path) -> Iterator[tuple[str, list[bytes]]]:
    """Answers requests over TLS; the list holds what arrived in clear."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_authority / "certificate.pem", own_authority / "key.pem")
    listening = socket.create_server(("127.0.0.1", 0))
    arrived: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
                with context.wrap_socket(connection, server_side=True) as secured:
                    arrived.append(secured.recv(65_536))
                    answer(secured, b"")
            except ssl.SSLError:
                continue
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{listening.getsockname()[1]}", arrived
    listening.close()


def test_a_certificate_that_nobody_vouches_for_gets_no_request(
    open_wires: OpenWires, tls_server: tuple[str, list[bytes]]
) -> None:
    url, arrived = tls_server
    with pytest.raises(CannotConnect, match="CERTIFICATE_VERIFY_FAILED"):
        open_wires(url, timeout_s=5).take()
    assert arrived == []


def test_an_authority_that_is_named_is_trusted(
    open_wires: OpenWires, tls_server: tuple[str, list[bytes]], own_authority: Path
) -> None:
    url, arrived = tls_server
    wires = open_wires(url, timeout_s=5, ca_file=str(own_authority / "certificate.pem"))
    assert once(wires, POST).status == 201
    assert arrived[0].startswith(b"POST /v1/batches/b/claims HTTP/1.1\r\nHost: 127.0.0.1:")
