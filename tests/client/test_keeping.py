"""Tokens on this machine: who may read them, and which one is used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.client import Site, VertebaseError
from backend.client.cli import main
from backend.client.keeping import Login, find_login, forget_login, keep_login
from tests.client.serving import Asked, Reply, serving

ONE, TWO = Login("https://one.test", "first"), Login("https://two.test", "second")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("VERTEBASE_URL", "VERTEBASE_TOKEN", "VERTEBASE_INSECURE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VERTEBASE_CONFIG", str(tmp_path / "config"))
    return tmp_path / "config"


def test_a_token_is_for_this_user_alone(folder: Path) -> None:
    path = keep_login(ONE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    path.chmod(0o644)
    keep_login(TWO)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in folder.iterdir()] == [path.name]


def test_the_site_signed_in_to_last_is_meant_unless_another_is_named() -> None:
    keep_login(ONE)
    keep_login(TWO)
    assert find_login() == TWO
    assert find_login("https://one.test/") == ONE
    keep_login(ONE)
    assert find_login() == ONE
    assert forget_login(ONE.url)
    assert not forget_login(ONE.url)
    assert find_login() == TWO
    with pytest.raises(VertebaseError, match=r"sign-in https://one\.test"):
        find_login(ONE.url)


def test_what_may_travel_unencrypted_is_kept_with_its_site(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_login(Login("http://spines.house", "third", insecure=True))
    assert Site.signed_in().url == "http://spines.house"
    keep_login(Login("http://spines.house", "third"))
    with pytest.raises(VertebaseError, match="not encrypted"):
        Site.signed_in()
    monkeypatch.setenv("VERTEBASE_TOKEN", "fourth")
    monkeypatch.setenv("VERTEBASE_URL", "http://spines.house")
    with pytest.raises(VertebaseError, match="not encrypted"):
        Site.signed_in()
    monkeypatch.setenv("VERTEBASE_INSECURE", "1")
    assert Site.signed_in().url == "http://spines.house"


def test_the_environment_goes_before_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_login(ONE)
    monkeypatch.setenv("VERTEBASE_URL", "https://two.test/")
    monkeypatch.setenv("VERTEBASE_TOKEN", "second")
    assert find_login() == TWO
    assert find_login(TWO.url) == TWO


def test_a_token_of_the_environment_goes_to_no_other_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERTEBASE_URL", TWO.url)
    monkeypatch.setenv("VERTEBASE_TOKEN", "second")
    with pytest.raises(VertebaseError):
        find_login(ONE.url)
    keep_login(ONE)
    assert find_login(ONE.url) == ONE


def test_a_file_that_is_no_list_of_tokens_is_named(folder: Path) -> None:
    keep_login(ONE).write_text("[]")
    with pytest.raises(VertebaseError, match=r"tokens\.json cannot be read"):
        find_login()


def test_signing_in_tries_the_token_before_it_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.headers["Authorization"] != "Bearer right":
            body = {"code": "authentication_failed", "message": "The token is unknown.", "extra": {}}
            return Reply(401, json.dumps(body).encode(), {"Content-Type": "application/json"})
        return Reply(200, b'{"email": "rita@spines.test"}', {"Content-Type": "application/json"})

    with serving(answer) as server:
        monkeypatch.setattr("backend.client.cli.read_token", lambda: "wrong\n")
        assert main(["sign-in", server.url]) == 2
        assert capsys.readouterr().err == "vertebase: The token is unknown.\n"
        with pytest.raises(VertebaseError):
            find_login(server.url)
        monkeypatch.setattr("backend.client.cli.read_token", lambda: "right\n")
        assert main(["sign-in", server.url]) == 0
        assert find_login() == Login(server.url, "right")
        capsys.readouterr()
        assert main(["--json", "where"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"url": server.url, "email": "rita@spines.test", "token_from": "sign-in"}


def test_without_a_token_one_line_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["projects"]) == 2
    assert capsys.readouterr().err == "vertebase: Sign in first: vertebase sign-in https://...\n"
    assert main(["--json", "projects"]) == 2
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "VertebaseError"
