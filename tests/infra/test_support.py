"""The helpers that other tests stand on."""

from __future__ import annotations

import threading
from pathlib import Path

import environ
import psycopg
import pytest
import redis

from scripts import setup
from scripts.counts import Counts, count_junit
from tests.support.waiting import wait_until


def test_waiting_returns_the_first_true_value() -> None:
    values = iter([0, "", None, 7])
    assert wait_until(lambda: next(values), seconds=5, what="a value") == 7


def test_waiting_names_what_it_waited_for() -> None:
    with pytest.raises(TimeoutError, match=r"the impossible; last seen: False"):
        wait_until(lambda: False, seconds=0, what="the impossible")


def test_temporary_valkey_keeps_and_gives(valkey_url: str) -> None:
    client = redis.Redis.from_url(valkey_url)
    client.set("support-test", b"kept")
    assert client.getdel("support-test") == b"kept"
    client.close()


@pytest.mark.postgres
def test_temporary_postgres_takes_connections(postgres_url: str) -> None:
    config = environ.Env.db_url_config(postgres_url)
    with psycopg.connect(host=config["HOST"], user=config["USER"], dbname=config["NAME"]) as connection:
        row = connection.execute("select 1 + 1").fetchone()
    assert row == (2,)


def test_counting_sums_the_suites_of_a_junit_file(tmp_path: Path) -> None:
    result = tmp_path / "junit.xml"
    broken = '<testsuite tests="5" failures="1" errors="1" skipped="1"/>'
    result.write_text(f'<testsuites>{broken}<testsuite tests="2"/></testsuites>')
    assert count_junit(result) == Counts(passed=4, failed=2, skipped=1)


@pytest.fixture
def step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> setup.Step:
    monkeypatch.setattr(setup, "STAMPS", tmp_path / "stamps")
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    source, result = tmp_path / "source", tmp_path / "result"
    source.write_text("one")

    def build(_: setup.Step) -> None:
        result.write_text(result.read_text() + "+" if result.exists() else source.read_text())

    return setup.Step("thing", "making it", lambda: [source.read_bytes()], result, 0, build)


def test_a_step_is_done_once_and_again_when_its_inputs_change(step: setup.Step, tmp_path: Path) -> None:
    setup.carry_out([step])
    setup.carry_out([step])
    assert step.result.read_text() == "one"
    (tmp_path / "source").write_text("two")
    setup.carry_out([step])
    assert step.result.read_text() == "one+"


def test_a_step_is_done_again_when_its_result_is_gone(step: setup.Step) -> None:
    setup.carry_out([step])
    step.result.unlink()
    setup.carry_out([step])
    assert step.result.read_text() == "one"


def test_a_full_disk_gets_one_line_before_anything_is_done(step: setup.Step) -> None:
    greedy = setup.Step(step.name, step.doing, step.inputs, step.result, 10**12, step.run)
    with pytest.raises(setup.SetupError, match="not enough disk space"):
        setup.carry_out([greedy])
    assert not step.result.exists()


def test_the_reason_is_taken_from_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("Collecting x\nERROR: Could not install\nOSError: [Errno 28] No space left on device\n")
    assert "No space left" in setup.reason_in(log)


def test_a_missing_node_gets_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(setup.SetupError, match=r"Node.js 20.19 or newer"):
        setup.need_node()


def test_a_failed_lane_is_told_after_the_other_has_ended(step: setup.Step, tmp_path: Path) -> None:
    def fail(_: setup.Step) -> None:
        raise setup.SetupError("no route to the packages")

    failing = setup.Step("other", "trying", lambda: [b""], tmp_path / "never", 0, fail)
    with pytest.raises(setup.SetupError, match="no route"):
        setup.side_by_side({"one": [failing], "another": [step]})
    assert step.result.read_text() == "one"


def test_two_that_begin_together_set_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "STAMPS", tmp_path)
    result, done = tmp_path / "result", list[str]()

    def build(_: setup.Step) -> None:
        second.start()
        assert said.wait(timeout=30)  # it has come to the lock
        result.touch()
        done.append("built")

    said = threading.Event()
    monkeypatch.setattr(setup, "say", lambda line: said.set() if "waiting" in line else None)
    step = setup.Step("thing", "making it", lambda: [b""], result, 0, build)
    second = threading.Thread(target=lambda: setup.side_by_side({"side": [step]}))
    setup.side_by_side({"side": [step]})
    second.join()
    assert done == ["built"]


def test_torch_comes_after_what_it_needs() -> None:
    for runtime in (True, False):
        python = setup.lanes(runtime=runtime, build=False)[setup.PYTHON]
        assert [step.name.removesuffix("-dev") for step in python] == [
            "python-environment",
            "installer",
            "python-packages",
            "torch",
        ]


def test_hashes_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(setup, "run_logged", lambda _, *command, **__: asked.append(command))
    for step in (setup.installer_step(), setup.runtime_step(), setup.dev_step()):
        step.run(step)
    assert [("--require-hashes" in command, command[-1]) for command in asked] == [
        (True, "requirements-setup.txt"),
        (True, "requirements-docs.txt"),
        (True, "requirements-dev.txt"),
    ]
    held = {
        name: (setup.ROOT / name).read_text() for name in ("requirements-docs.txt", "requirements-dev.txt")
    }
    assert "\n-r requirements.txt\n" in held["requirements-docs.txt"]
    assert "\n-r requirements-docs.txt\n" in held["requirements-dev.txt"]


def test_uv_is_told_of_a_houses_own_index_and_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UV_DEFAULT_INDEX", "SSL_CERT_FILE", "PIP_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example.org/simple")
    monkeypatch.setenv("PIP_CERT", "/etc/own.pem")
    own = {"UV_DEFAULT_INDEX": "https://index.example.org/simple", "SSL_CERT_FILE": "/etc/own.pem"}
    assert setup.told_to_pip() == own
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://other.example.org/simple")
    assert setup.told_to_pip() == {"SSL_CERT_FILE": "/etc/own.pem"}, "what is set for uv goes before"
