"""``manage.py up``: the whole site on one machine, without root, containers or servers from outside."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from backend.accounts.selectors import demo_accounts
from backend.common.embedded import valkey_socket
from backend.common.queues import worker_queues
from backend.common.reaper import expire_all_leases
from backend.workflow import broker
from backend.workflow.supervisor import ChildFailed, Program, Supervisor

DEFAULT_PORT = 8000
DEFAULT_WORKERS = 2
MIN_FREE_BYTES = 300 << 20


class Command(BaseCommand):
    help = "Start the site on this machine: database, broker, worker, sweep and web server, as one."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", DEFAULT_PORT)))
        parser.add_argument("--host", default="127.0.0.1", help="loopback unless you know better")
        parser.add_argument("--demo", action="store_true", help="load the demo project if it is not there")
        parser.add_argument(
            "--no-engine", action="store_true", help="leave out the demo's CT that the engine segments"
        )
        workers = int(os.environ.get("VERTEBASE_WORKERS", DEFAULT_WORKERS))
        parser.add_argument("--workers", type=int, default=workers, help="jobs at once")

    def handle(self, *args: Any, **options: Any) -> None:
        self.var = Path(settings.VERTEBASE_VAR)
        self.host, self.port = options["host"], options["port"]
        self.url = f"http://{self.host}:{self.port}"
        self._prepare_folders()
        with self._only_one():
            self._check_port()
            supervisor = Supervisor(self.var / "log", self._tell)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, lambda *_: self._interrupted(supervisor))
            try:
                self._run(supervisor, options)
            except ChildFailed as exc:
                tail = "\n".join(f"    {line}" for line in exc.tail)
                raise CommandError(f"{exc} Its last output:\n{tail}" if tail else str(exc)) from None
            except KeyboardInterrupt:
                pass
            finally:
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave a child behind
                self._tell("Stopping")
                supervisor.stop()
                self._tell("Stopped")

    def _interrupted(self, supervisor: Supervisor) -> None:
        supervisor.request_stop()
        if not self.watching:
            raise KeyboardInterrupt

    watching = False

    def _tell(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _prepare_folders(self) -> None:
        try:
            for name in ("log", "run", "scratch", "storage", "static", "inbox"):
                (self.var / name).mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self.var).free
        except OSError as exc:
            raise CommandError(f"The data folder {self.var} cannot be written: {exc.strerror}.") from None
        if free < MIN_FREE_BYTES:
            raise CommandError(
                f"The disk is full: {free >> 20} MB are free at {self.var}, "
                f"{MIN_FREE_BYTES >> 20} MB are needed."
            )

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        """Hold the data folder's lock: two sites on one folder would take each other's jobs."""
        with (self.var / "run" / "up.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError(f"The site is already running with the data in {self.var}.") from None
            yield

    def _check_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as exc:
                raise CommandError(
                    f"Port {self.port} cannot be used ({exc.strerror}): "
                    f"choose another with --port, or before make: PORT={self.port + 1} make run"
                ) from None

    def _run(self, supervisor: Supervisor, options: dict[str, Any]) -> None:
        began = time.monotonic()
        self._start_broker(supervisor)
        self._migrate()
        self._start_workers(supervisor, options["workers"])
        web = supervisor.start(self._web())
        supervisor.wait_until(self._web_answers, web, seconds=60)
        if options["demo"]:
            self._load_demo(no_engine=options["no_engine"])
        self._announce(time.monotonic() - began)
        connection.close()
        self.watching = True
        supervisor.watch()

    def _program(self, name: str, *command: str, vital: bool = False) -> Program:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
            "VERTEBASE_VAR": str(self.var),
            "PYTHONUNBUFFERED": "1",
        }
        return Program(name, command, environment, Path(settings.ROOT), vital=vital)

    def _start_broker(self, supervisor: Supervisor) -> None:
        if os.environ.get("REDIS_URL"):
            if not broker.answers(settings.REDIS_URL):
                raise CommandError("No server answers at REDIS_URL: start it, or unset REDIS_URL.")
            return
        program = broker.find_server()
        if program is None:
            raise CommandError(
                "There is no Valkey for this machine: install valkey-server, or set REDIS_URL."
            )
        address = valkey_socket(self.var)
        command = broker.server_command(program, socket=address, data=self.var / "valkey")
        child = supervisor.start(self._program("valkey", *command))
        supervisor.wait_until(lambda: broker.answers(f"unix://{address}"), child, seconds=20)

    def _migrate(self) -> None:
        self._tell("Preparing the database")
        call_command("migrate", verbosity=0, interactive=False)
        if connection.vendor == "sqlite" and not os.environ.get("REDIS_URL"):
            expire_all_leases()  # the lock says that no other worker lives on this data

    def _start_workers(self, supervisor: Supervisor, workers: int) -> None:
        supervisor.start(
            self._program(
                "worker",
                sys.executable,
                *("-m", "celery", "--app", "backend.config.celery", "worker"),
                *("--queues", ",".join(worker_queues())),
                *("--concurrency", str(workers), "--loglevel", "WARNING", "--hostname", "embedded@%h"),
                *("--without-gossip", "--without-mingle"),
            )
        )
        if "sweep" in get_commands():
            supervisor.start(self._program("sweep", sys.executable, "manage.py", "sweep"))

    def _load_demo(self, *, no_engine: bool) -> None:
        if "demo" not in get_commands():
            raise CommandError("There is no demo command in this build.")
        self._tell(f"The site answers at {self.url}; loading the demo project into it.")
        self._tell("The first time this takes about a minute, later none at all:")
        call_command("demo", no_engine=no_engine)

    def _web(self) -> Program:
        return self._program(
            "web",
            sys.executable,
            *("-m", "uvicorn", "backend.config.asgi:application", "--host", self.host),
            *("--port", str(self.port), "--no-server-header", "--lifespan", "off"),
            "--no-proxy-headers",  # nothing stands in front, and askers' own headers can lie
            *("--timeout-graceful-shutdown", "3", "--log-level", "warning"),
            vital=True,
        )

    def _web_answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _announce(self, seconds: float) -> None:
        self._tell(f"\nVertebase is ready after {seconds:.1f} s:  {self.url}")
        if not (Path(settings.FRONTEND_DIST) / "index.html").is_file():
            node = "" if shutil.which("node") else " (it needs Node.js 20, which is not on the PATH)"
            self._tell(f"The pages are not built yet: run `make setup`{node}.")
        accounts = demo_accounts()
        if accounts:
            self._tell("Demo accounts:")
            for account in accounts:
                self._tell(f"  {account['role']:<12} {account['email']:<24} {account['password']}")
        self._tell(f"Logs: {self.var / 'log'}    Stop: Ctrl-C\n")
