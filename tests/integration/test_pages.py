"""The pages over HTTP: what a browser may do with them, how long it keeps their files, and their two services."""

import io
import re

import pytest
import segno
from PIL import Image

from tests.integration.conftest import Api

pytestmark = pytest.mark.asyncio
CODE = "01M8QBYST9856NYGMJRJRV5D8N.59672341.ABCDEFGHJKMNPQRSTVWX"


def a_photo(*texts: str, kind: str = "JPEG") -> bytes:
    """QR codes beside each other on a grey table."""
    drawn = []
    for text in texts:
        out = io.BytesIO()
        segno.make_qr(text, error="m").save(out, kind="png", scale=6, border=4)
        drawn.append(Image.open(out).convert("L"))
    photo = Image.new("L", (100 + sum(one.width + 100 for one in drawn), 700), 170)
    left = 100
    for one in drawn:
        photo.paste(one, (left, 120))
        left += one.width + 100
    out = io.BytesIO()
    photo.save(out, kind)
    return out.getvalue()


async def photographed(api: Api, photo: bytes) -> dict[str, str | None]:
    reply = await api.send("POST", "/pages/photo", role="merchant", content=photo, media_type="image/jpeg")
    assert reply.status_code == 200, reply.text
    told: dict[str, str | None] = reply.json()
    return told


@pytest.mark.parametrize("page", ["phone", "till"])
async def test_a_page_runs_our_own_files_only_and_is_framed_by_nobody(api: Api, page: str) -> None:
    reply = await api.client.get(f"/pages/{page}")
    assert reply.status_code == 200
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'self'" in policy
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cache-control"] == "no-cache"
    assert " style=" not in reply.text
    assert not re.findall(r"<script(?![^>]*(src=|application/json))", reply.text)


@pytest.mark.parametrize("page", ["phone", "till"])
async def test_every_file_of_a_page_is_kept_for_ever_under_its_hashed_name(api: Api, page: str) -> None:
    text = (await api.client.get(f"/pages/{page}")).text
    named = set(re.findall(r"/pages/static/([\w.]+)", text))
    assert {name.partition(".")[0] for name in named} >= {page, "pages", "page", "calls"}
    for name in named:
        reply = await api.client.get(f"/pages/static/{name}")
        assert (reply.status_code, reply.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
        imported = set(re.findall(r'from "\./([\w.]+)"', reply.text))
        assert imported <= named, "a page asks for all its scripts at once"


async def test_a_file_of_another_name_is_not_there(api: Api) -> None:
    for path in ("/pages/static/phone.js", "/pages/static/..%2fapi.py", "/pages/nothing"):
        assert (await api.client.get(path)).status_code == 404


async def test_language_and_edition_are_those_of_the_address(api: Api) -> None:
    chinese = (await api.client.get("/pages/phone")).text
    english = (await api.client.get("/pages/phone?lang=en&edition=elderly")).text
    assert '<html lang="zh-CN" class="standard">' in chinese
    assert '<html lang="en" class="elderly">' in english
    assert (await api.client.get("/pages/phone?lang=<script>")).text == chinese


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_the_code_in_a_photo_is_read(api: Api, kind: str) -> None:
    assert await photographed(api, a_photo(CODE, kind=kind)) == {"code": CODE, "fault": None}


async def test_a_photo_without_one_voucher_code_says_why(api: Api) -> None:
    blank = a_photo()
    for photo, fault in (
        (blank, "no_code"), (a_photo("https://example.com/?券"), "other_code"),
        (a_photo(CODE, CODE[:-4] + "0000"), "several"),
        (b"not a picture", "unreadable"), (b"", "unreadable"), (blank[: len(blank) // 3], "unreadable"),
    ):  # fmt: skip
        assert await photographed(api, photo) == {"code": None, "fault": fault}


async def test_a_small_file_that_unpacks_to_a_wall_of_pixels_is_turned_away(api: Api) -> None:
    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    assert await photographed(api, out.getvalue()) == {"code": None, "fault": "too_large"}


async def test_only_a_till_has_photos_read_and_only_a_consumer_has_codes_drawn(api: Api) -> None:
    for path, right, wrong in (("/pages/photo", "merchant", "consumer"), ("/pages/qr", "consumer", "merchant")):
        asked = {"text": CODE}
        assert (await api.send("POST", path, body=asked)).json()["code"] == "missing_token"
        assert (await api.send("POST", path, role=wrong, body=asked)).json()["code"] == "forbidden"  # type: ignore[arg-type]
        assert (await api.send("POST", path, role=right, body=asked)).status_code == 200  # type: ignore[arg-type]


async def test_a_drawn_code_is_a_square_and_nothing_but_a_code_is_drawn(api: Api) -> None:
    drawn = (await api.send("POST", "/pages/qr", role="consumer", body={"text": CODE})).json()
    assert len(drawn["modules"]) == drawn["size"] ** 2
    assert set(drawn["modules"]) == {"0", "1"}
    reply = await api.send("POST", "/pages/qr", role="consumer", body={"text": "<svg>"})
    assert reply.json()["code"] == "invalid_request"
