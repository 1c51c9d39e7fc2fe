"""The supervisor: it starts everything, brings back what dies, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from backend.common.embedded import SOCKET_PATH_LIMIT, valkey_socket
from backend.workflow.supervisor import Child, ChildFailed, Program, Supervisor
from tests.support.site import ROOT, free_port, running_site
from tests.support.waiting import wait_until


def processes_of(var: Path) -> set[int]:
    """Every living process that was started for the data folder ``var``."""
    marker = f"VERTEBASE_VAR={var}".encode()
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if (marker in words or f"{var}/run/".encode() in words) and state != "Z":
            found.add(int(folder.name))
    return found - {os.getpid()}


def is_worker(pid: int, *, parent: int) -> bool:
    """The worker itself, not a process of its pool, which has the same command line."""
    folder = Path(f"/proc/{pid}")
    parent_of_pid = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    return parent_of_pid == parent and b"embedded@" in (folder / "cmdline").read_bytes()


def up(var: Path, port: int, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``up`` where it is expected to refuse at once."""
    variables = os.environ | {"VERTEBASE_VAR": str(var)} | environment
    variables.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.run(
        [sys.executable, "manage.py", "up", "--port", str(port)],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.mark.story
def test_the_site_comes_up_heals_and_ends_without_a_trace() -> None:
    with running_site(from_nothing=True) as site:
        started = processes_of(site.var)
        assert len(started) >= 4  # supervisor, broker, worker, web
        again = up(site.var, free_port())
        assert again.returncode == 1
        assert "already running" in again.stderr
        worker = next(pid for pid in started if is_worker(pid, parent=site.process.pid))
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: "worker ended" in site.log.read_text(), seconds=30, what="the worker to be missed")
        var = site.var
    assert processes_of(var) == set()


@pytest.mark.slow
@pytest.mark.story
def test_nothing_is_left_where_the_supervisor_itself_is_killed() -> None:
    with running_site() as site:
        site.process.kill()
        site.process.wait()
        wait_until(lambda: not processes_of(site.var), seconds=30, what="the children to end")


def test_a_busy_port_gets_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = up(tmp_path, port)
    assert refused.returncode == 1
    assert refused.stderr.strip().splitlines()[-1].endswith(f"PORT={port + 1} make run")
    assert str(port) in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.slow
def test_a_data_folder_that_cannot_be_written_gets_one_clear_line(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    refused = up(blocked / "var", free_port(), DJANGO_SECRET_KEY="x" * 50)
    assert refused.returncode == 1
    assert "cannot be written" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.slow
def test_a_server_that_is_named_but_silent_gets_one_clear_line(tmp_path: Path) -> None:
    refused = up(tmp_path, free_port(), REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    assert refused.returncode == 1
    assert "REDIS_URL" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("depth", [1, 12])
def test_the_socket_s_path_is_short_enough_and_always_the_same(depth: int) -> None:
    var = Path(tempfile.gettempdir(), *["a-long-folder-name"] * depth)
    path = valkey_socket(var)
    assert len(str(path).encode()) < SOCKET_PATH_LIMIT
    assert path == valkey_socket(var)
    assert path != valkey_socket(var / "other")


def program(code: str, *, vital: bool = False) -> Program:
    return Program("test", [sys.executable, "-c", code], dict(os.environ), ROOT, patience=1.0, vital=vital)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def look_through_ends(supervisor: Supervisor, child: Child, ends: int, clock: Clock) -> list[float]:
    """Let the supervisor miss the child so many times, and start it when it is due; the pauses before."""
    pauses = []
    for _ in range(ends):
        wait_until(lambda: not child.is_running(), seconds=60, what="the child to end")
        supervisor.look()
        if child.start_at is not None:  # it has to wait: not a moment less
            pauses.append(child.start_at - clock.now)
            clock.now = child.start_at - 0.01
            supervisor.look()
            assert not child.is_running()
            clock.now = child.start_at
            supervisor.look()
        else:
            pauses.append(0.0)
    return pauses


def test_a_vital_child_that_keeps_ending_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    clock = Clock()
    supervisor = Supervisor(tmp_path, lambda _: None, clock=clock)
    child = supervisor.start(program("print('no such table'); raise SystemExit(3)", vital=True))
    wait_until(lambda: bool(child.tail), seconds=60, what="its last words")
    with pytest.raises(ChildFailed, match="keeps ending") as failed:
        look_through_ends(supervisor, child, 9, clock)
    supervisor.stop()
    assert "no such table" in failed.value.tail


def test_a_child_that_keeps_ending_is_started_ever_less_often_and_takes_no_other_with_it(
    tmp_path: Path,
) -> None:
    clock, told = Clock(), list[str]()
    supervisor = Supervisor(tmp_path, told.append, clock=clock)
    web = supervisor.start(program("import signal; signal.pause()", vital=True))
    worker = supervisor.start(program("print('no broker'); raise SystemExit(3)"))
    try:
        first = look_through_ends(supervisor, worker, 9, clock)
        assert first == [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
        assert web.is_running()
        assert len(web.starts) == 1
        assert told[0] == "test ended (status 3); starting it again"
        assert any("in 60 s" in line for line in told)
        assert any("no broker" in line for line in told)
        wait_until(lambda: not worker.is_running(), seconds=60, what="the worker to end")
        clock.now += 61.0  # it had lived for a while: the pauses start over
        assert look_through_ends(supervisor, worker, 3, clock) == [0.0, 0.0, 1.0]
    finally:
        supervisor.stop()


def test_a_child_that_ignores_being_asked_is_killed_with_its_own_children(tmp_path: Path) -> None:
    code = (
        "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "p = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']);"
        "print(p.pid, flush=True); signal.pause()"
    )
    supervisor = Supervisor(tmp_path, lambda _: None)
    child: Child = supervisor.start(program(code))
    wait_until(lambda: bool(child.tail), seconds=20, what="the grandchild")
    grandchild = int(child.tail[0])
    supervisor.stop()
    wait_until(
        lambda: (
            not Path(f"/proc/{grandchild}").exists()
            or "Z" in Path(f"/proc/{grandchild}/stat").read_text().rpartition(")")[2]
        ),
        seconds=10,
        what="the grandchild to end",
    )
    assert "test    | " in (tmp_path / "all.log").read_text()
