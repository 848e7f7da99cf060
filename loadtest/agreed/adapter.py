"""The adapter a target file asks for, with what it may use of the world: clock, nonces, the tester's signing key."""

import base64
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from loadtest.agreed.reading import MAX_BYTES, ConfigurationError
from loadtest.agreed.target import Target
from voucher_contract.adapters.protocol import Adapter, Surroundings
from voucher_contract.adapters.registry import UnknownAdapter, load_adapter

Sign = Callable[[bytes], str]


def adapter_of(target: Target) -> Adapter:
    """The target's adapter, ready to start operations. Raises ConfigurationError, naming the field at fault.

    An adapter that needs to know the shops (their districts and industries) finds the text of ``shops_csv`` among its
    options, under that name.
    """
    surroundings = Surroundings(time.time, lambda: secrets.token_hex(16), _sign(target), options_of(target))
    try:
        return load_adapter(target.adapter, surroundings)
    except UnknownAdapter as error:
        raise ConfigurationError(f"adapter: {error}") from error
    except ValueError as error:
        raise ConfigurationError(f"adapter_options: {error}") from error


def signer(private_key_pem: bytes) -> Sign:
    """SHA-256 with RSA (PKCS #1 v1.5) over bytes, in base64. Raises ConfigurationError for another kind of key."""
    try:
        key = load_pem_private_key(private_key_pem, password=None)
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"credentials.signing_key_env: not a private key in PEM 不是私钥: {error}") from error
    if not isinstance(key, RSAPrivateKey):
        raise ConfigurationError("credentials.signing_key_env: an RSA key is needed 须为 RSA 私钥")
    return lambda content: base64.b64encode(key.sign(content, PKCS1v15(), SHA256())).decode()


def text_of(field: str, path: str) -> str:
    """The text of a file that ``credentials`` names. Raises ConfigurationError."""
    try:
        if Path(path).stat().st_size > MAX_BYTES:
            raise ConfigurationError(f"credentials.{field}: {path} is larger than {MAX_BYTES} bytes 文件过大")
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"credentials.{field}: {path} cannot be read 无法读取: {error}") from error


def _sign(target: Target) -> Sign | None:
    name = target.credentials.signing_key_env
    if name is None:
        return None
    value = os.environ.get(name)
    if not value:
        raise ConfigurationError(f"credentials.signing_key_env: environment variable {name} is not set 未设置")
    return signer(value.encode())


def options_of(target: Target) -> dict[str, str]:
    """What the adapter is told, in this process or in a load generator's. Raises ConfigurationError."""
    shops = target.credentials.shops_csv
    return {**target.adapter_options, **({} if shops is None else {"shops_csv": text_of("shops_csv", shops)})}
