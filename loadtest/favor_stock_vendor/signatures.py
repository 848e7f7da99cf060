"""Whether a request carries the tester's signature: WECHATPAY2-SHA256-RSA2048, as documented."""

import base64
import binascii
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from loadtest.favor_stock_vendor import refusing
from loadtest.favor_stock_vendor.books import now
from loadtest.favor_stock_vendor.settings import Settings

_SCHEME = "WECHATPAY2-SHA256-RSA2048 "
_FIELD = re.compile(r'(mchid|serial_no|nonce_str|timestamp|signature)="([^"]*)"')
_OLDEST_S = 300


class SignatureCheck:
    """Knows one public key; every request must be signed with its private half within the last five minutes."""

    def __init__(self, settings: Settings) -> None:
        key = load_pem_public_key(settings.tester_public_key.encode())
        if not isinstance(key, RSAPublicKey):
            raise TypeError("tester_public_key must be an RSA key")
        self._key, self._settings = key, settings

    def refuse_unsigned(self, authorization: str, method: str, target: str, body: bytes) -> None:
        """``target`` is path and query as they were sent. Raises SIGN_ERROR."""
        if not authorization.startswith(_SCHEME):
            raise refusing.sign_error("Http头缺少Authorization")
        said = dict(_FIELD.findall(authorization))
        if len(said) != 5 or not said["timestamp"].isdigit():
            raise refusing.sign_error("Authorization格式错误")
        if (said["mchid"], said["serial_no"]) != (self._settings.creator_mchid, self._settings.serial_no):
            raise refusing.sign_error("商户证书序列号有误")
        if abs(now().timestamp() - int(said["timestamp"])) > _OLDEST_S:
            raise refusing.sign_error("Http头Authorization值中的timestamp与发起请求的时间不得超过5分钟")
        head = f"{method}\n{target}\n{said['timestamp']}\n{said['nonce_str']}\n".encode()
        try:
            self._key.verify(base64.b64decode(said["signature"]), head + body + b"\n", PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error) as error:
            raise refusing.sign_error("错误的签名，验签失败") from error
