"""Which names the app answers to, and which websites may call it."""

import pytest

from revdemo.errors import RevdemoError
from revdemo.settings import Settings
from revdemo.ui.services.origins import Origins


def origins(tmp_path, **given) -> Origins:
    return Origins(Settings(data_dir=tmp_path, cache=tmp_path, **given))


LOCAL, OPEN = {"host": "127.0.0.1"}, {"host": "0.0.0.0"}


@pytest.mark.parametrize(
    ("settings", "host", "taken"),
    [
        (LOCAL, "127.0.0.1:7860", True),
        (LOCAL, "localhost:7860", True),
        (LOCAL, "LocalHost", True),
        (LOCAL, "localhost.:7860", True),
        (LOCAL, "app.localhost:7860", True),
        (LOCAL, "[::1]:7860", True),
        (LOCAL, "127.9.8.7", True),
        (LOCAL, "evil.example:7860", False),
        (LOCAL, "127.0.0.1.evil.example", False),
        (LOCAL, "localhost.evil.example", False),
        (LOCAL, "evil.example@127.0.0.1", True),
        (LOCAL, "127.0.0.1@evil.example", False),
        (LOCAL, "0.0.0.0:7860", False),
        (LOCAL, "192.168.1.7:7860", False),
        (LOCAL, "", False),
        (LOCAL, "[::1", False),
        (LOCAL | {"hosts": "reviews.example, other.example"}, "reviews.example", True),
        (LOCAL | {"hosts": "reviews.example"}, "evil.example", False),
        ({"host": "localhost"}, "evil.example", False),
        ({"host": "::1"}, "evil.example", False),
        (OPEN, "anything.example", True),
        (OPEN | {"hosts": "reviews.example"}, "reviews.example:443", True),
        (OPEN | {"hosts": "reviews.example"}, "evil.example", False),
    ],
)
def test_names(settings, host, taken, tmp_path):
    found = origins(tmp_path, **settings)
    if taken:
        found.check("GET", {"host": host})
    else:
        with pytest.raises(RevdemoError, match=r"does not answer to the name.*setting hosts"):
            found.check("GET", {"host": host})


HERE = {"host": "127.0.0.1:7860"}


@pytest.mark.parametrize(
    ("settings", "headers", "taken"),
    [
        (LOCAL, HERE, True),  # a program
        (LOCAL, HERE | {"origin": "http://127.0.0.1:7860"}, True),
        (LOCAL, HERE | {"origin": "http://127.0.0.1:7861"}, False),
        (LOCAL, HERE | {"origin": "http://localhost:7860"}, False),
        (LOCAL, HERE | {"origin": "https://evil.example"}, False),
        (LOCAL, HERE | {"origin": "null"}, False),
        (LOCAL, HERE | {"origin": "http://127.0.0.1:7860.evil.example"}, False),
        (LOCAL, HERE | {"origin": "http://127.0.0.1:7860@evil.example"}, False),
        (LOCAL, HERE | {"origin": "nonsense"}, False),
        (LOCAL, HERE | {"origin": "http://[::1"}, False),
        (LOCAL, HERE | {"sec-fetch-site": "cross-site"}, False),
        (LOCAL, HERE | {"sec-fetch-site": "same-origin"}, True),
        (LOCAL, {"host": "localhost", "origin": "http://localhost:80"}, True),
        (OPEN, {"host": "me-app.hf.space", "origin": "https://me-app.hf.space"}, True),
        (OPEN, {"host": "me-app.hf.space", "origin": "https://huggingface.co"}, False),
        (OPEN, {"host": "me-app.hf.space:443", "origin": "https://me-app.hf.space"}, True),
        (OPEN | {"origins": "https://mine.example/"}, HERE | {"origin": "https://mine.example"}, True),
        (OPEN, HERE | {"origin": "https://evil.example", "x-forwarded-host": "evil.example"}, False),
        (
            OPEN | {"behind_proxy": True},
            HERE | {"origin": "https://reviews.example", "x-forwarded-host": "reviews.example"},
            True,
        ),
    ],
)
def test_websites(settings, headers, taken, tmp_path):
    found = origins(tmp_path, **settings)
    found.check("GET", headers)  # reading changes nothing, and another site sees no answer
    if taken:
        found.check("POST", headers)
    else:
        with pytest.raises(RevdemoError, match=r"from another website.*setting origins"):
            found.check("POST", headers)


def test_a_page_is_framed_by_itself_alone_and_a_space_by_the_hub(tmp_path, monkeypatch):
    alone = origins(tmp_path).policies()["content-security-policy"]
    assert alone.endswith("frame-ancestors 'self'") and "huggingface" not in alone
    assert "default-src 'self'" in alone and "object-src 'none'" in alone
    monkeypatch.setenv("SPACE_ID", "me/app")
    monkeypatch.setenv("SPACE_HOST", "me-app.hf.space")
    space = origins(tmp_path).policies()["content-security-policy"]
    assert (
        "frame-ancestors 'self' https://huggingface.co https://*.huggingface.co https://*.hf.space" in space
    )
    assert "connect-src 'self' data: blob: https://huggingface.co" in space
    behind = {"host": "10.0.0.7:7860", "origin": "https://me-app.hf.space"}
    origins(tmp_path).check("POST", behind)
