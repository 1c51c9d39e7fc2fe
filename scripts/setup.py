"""Set up everything a fresh clone needs: Python packages, npm packages, front-end build.

Each step has a stamp in `.setup/`, a digest of its inputs, and is done only when the stamp or its result is
missing or the inputs changed. Uses the standard library only, since nothing else is installed yet.

Exit status 0 when ready; 2 with one clear line on standard error when something is missing.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STAMPS = ROOT / ".setup"
VENV = ROOT / ".venv"
FRONTEND = ROOT / "frontend"
PYTHON, PAGES = "Python packages", "npm packages and pages"  # the two sides, each set up by itself
NODE_NEEDED = (20, 19)
STILL_WORKING_SECONDS = 20.0
FRONTEND_INPUTS = (
    "package-lock.json",
    "index.html",
    "*.config.*",
    "tsconfig*.json",
    "public/**/*",
    "src/**/*",
)
SHOWN_DOCUMENTS = (
    "docs/*.md",
    "docs/de/*.md",
    "docs/images/*",
    "backend/client/README.md",
)  # guides and rules inside the pages
DOCUMENTS = (  # what the pages under /docs are made of: texts, and what functions say of themselves
    "docs/**/*",
    "CHANGELOG.md",
    "scripts/docs_pages.py",
    "backend/client/*",
    "backend/science/**/*.py",
)
TEST_FILE = re.compile(r"\.(test|spec)\.tsx?$")


class SetupError(Exception):
    """What is missing, as the one line shown to the person at the keyboard."""


@dataclass(frozen=True)
class Step:
    """One thing to set up.

    `inputs` are hashed into the stamp, `result` must exist for the stamp to count, `disk_mb` is the free
    space that the step needs.
    """

    name: str
    doing: str
    inputs: Callable[[], Iterable[bytes]]
    result: Path
    disk_mb: int
    run: Callable[[Step], None]

    @property
    def stamp(self) -> Path:
        return STAMPS / self.name

    @property
    def log(self) -> Path:
        return STAMPS / f"{self.name}.log"

    def digest(self) -> str:
        sha = hashlib.sha256()
        for part in self.inputs():
            sha.update(hashlib.sha256(part).digest())
        return sha.hexdigest()

    def is_done(self) -> bool:
        return self.result.exists() and self.stamp.exists() and self.stamp.read_text() == self.digest()


def venv_python() -> Path:
    return VENV / "bin" / "python"


def files(*patterns: str, base: Path = ROOT) -> Iterator[bytes]:
    """Name and content of each file that matches, in a fixed order."""
    found = {path for pattern in patterns for path in base.glob(pattern) if path.is_file()}
    for path in sorted(found):
        if not TEST_FILE.search(path.name):
            yield str(path.relative_to(base)).encode()
            yield path.read_bytes()


def venv_identity() -> bytes:
    """Changes when `.venv` is made anew, so that stamps of an older one do not count."""
    config = VENV / "pyvenv.cfg"
    return str(config.stat().st_mtime_ns).encode() if config.exists() else b"none"


def need_disk(step: Step) -> None:
    free_mb = shutil.disk_usage(ROOT).free // 1_000_000
    if free_mb < step.disk_mb:
        raise SetupError(
            f"not enough disk space under {ROOT}: {step.name} needs {step.disk_mb} MB, {free_mb} MB are free"
        )


def need_node() -> None:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        raise SetupError(
            "Node.js 20.19 or newer with npm is needed to build the pages; it is not on the PATH"
        )
    printed = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    version = tuple(int(part) for part in re.findall(r"\d+", printed)[:2])
    if version < NODE_NEEDED:
        raise SetupError(
            f"Node.js 20.19 or newer is needed to build the pages; {node} is {printed or 'unreadable'}"
        )


def run_logged(
    step: Step, *command: str | Path, cwd: Path = ROOT, environment: dict[str, str] | None = None
) -> None:
    """Run a command with its output in the step's log; say every now and then that it is still at work."""
    with step.log.open("ab") as log:
        started = time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=cwd,
            env=os.environ | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        while True:
            try:
                status = process.wait(timeout=STILL_WORKING_SECONDS)
                break
            except subprocess.TimeoutExpired:
                say(f"[{step.name}] still at it ({time.monotonic() - started:.0f} s)")
    if status != 0:
        raise SetupError(
            f"{step.name} failed: {reason_in(step.log)} (all output: {step.log.relative_to(ROOT)})"
        )


def reason_in(log: Path) -> str:
    """The line of a log that most likely names the cause."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    telling = [
        line for line in lines if re.search(r"no space left|^error|npm (err!|error)|\berror\b", line, re.I)
    ]
    full = [line for line in telling if "no space left" in line.lower()]
    chosen = full or telling or lines or ["no output"]
    return chosen[0][:300]


def make_venv(step: Step) -> None:
    # A broken or foreign environment is replaced; a working one never gets here.
    run_logged(step, sys.executable, "-m", "venv", "--clear", VENV)


def pip_install(*what: str) -> Callable[[Step], None]:
    # Bytecode is written as modules are imported: most of what is installed never is.
    pip = ("-m", "pip", "install", "--disable-pip-version-check", "--no-compile")
    return lambda step: run_logged(step, venv_python(), *pip, *what)


def uv_install(*what: str) -> Callable[[Step], None]:
    """Install with uv what is locked by hash: a fifteenth of pip's processor time.

    A lock holds all that its packages need but torch, which has no hash and comes after it.
    """
    uv = (VENV / "bin" / "uv", "pip", "install", "--python", venv_python(), "--system-certs")
    return lambda step: run_logged(
        step, *uv, "--require-hashes", "--no-deps", *what, environment=told_to_pip()
    )


def told_to_pip() -> dict[str, str]:
    """What pip is told of a house's own index and certificate, in the names that uv reads.

    What is set for uv itself goes before.
    """
    command = (str(venv_python()), "-m", "pip", "config", "list")
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    settings: dict[str, str] = {}
    for scope in ("global", "install", ":env:"):  # the later goes before
        settings |= dict(re.findall(rf"^{scope}\.(index-url|cert)='(.*)'$", listed, re.M))
    named = {"UV_DEFAULT_INDEX": settings.get("index-url"), "SSL_CERT_FILE": settings.get("cert")}
    return {name: value for name, value in named.items() if value and name not in os.environ}


def install_npm(step: Step) -> None:
    need_node()
    run_logged(step, "npm", "ci", "--no-audit", "--no-fund", cwd=FRONTEND)


def build_frontend(step: Step) -> None:
    need_node()
    run_logged(step, "npm", "run", "build", cwd=FRONTEND)


def python_inputs(*names: str) -> Callable[[], Iterator[bytes]]:
    def inputs() -> Iterator[bytes]:
        yield venv_identity()
        yield from files(*names)

    return inputs


def lanes(*, runtime: bool, build: bool) -> dict[str, list[Step]]:
    """The steps of both sides, Python and the pages; neither waits for the other.

    The stamp of the development packages covers the runtime ones.
    """
    # Torch comes last: what it needs is there by then, in the versions that were locked.
    packages = runtime_step() if runtime else dev_step()
    python = [environment_step(), installer_step(), packages, torch_step()]
    pages = [npm_step(), build_step()] if build else [npm_step()]
    if build:
        python.append(documents_step())
    return {PYTHON: python, PAGES: pages}


def environment_step() -> Step:
    python = venv_python()
    return Step("python-environment", "making .venv", lambda: [sys.version.encode()], python, 50, make_venv)


def installer_step() -> Step:
    inputs = python_inputs("requirements-setup.txt")
    install = pip_install("--require-hashes", "-r", "requirements-setup.txt")
    return Step(
        "installer", "installing uv, which installs the rest", inputs, VENV / "bin" / "uv", 100, install
    )


def torch_step() -> Step:
    result = VENV / "bin" / "torchrun"
    inputs = python_inputs("requirements-torch.txt")
    install = pip_install("-r", "requirements-torch.txt")
    return Step("torch", "installing torch (about half a minute)", inputs, result, 1500, install)


def runtime_step() -> Step:
    inputs = python_inputs("requirements.txt", "requirements-docs.txt")
    result = VENV / "bin" / "django-admin"
    doing = "installing Python packages (about half a minute)"
    install = uv_install("-r", "requirements-docs.txt")
    return Step("python-packages", doing, inputs, result, 2500, install)


def dev_step() -> Step:
    inputs = python_inputs("requirements.txt", "requirements-docs.txt", "requirements-dev.txt")
    result = VENV / "bin" / "pytest"
    doing = "installing Python packages, the tools for tests among them (about half a minute)"
    install = uv_install("-r", "requirements-dev.txt")
    return Step("python-packages-dev", doing, inputs, result, 2500, install)


def npm_step() -> Step:
    def inputs() -> Iterator[bytes]:
        return files("package-lock.json", "package.json", base=FRONTEND)

    result = FRONTEND / "node_modules" / ".package-lock.json"
    return Step("npm-packages", "installing npm packages (about a minute)", inputs, result, 800, install_npm)


def build_step() -> Step:
    def inputs() -> Iterator[bytes]:
        yield from files(*FRONTEND_INPUTS, base=FRONTEND)
        yield from files(*SHOWN_DOCUMENTS)

    result = FRONTEND / "dist" / "index.html"
    doing = "building the pages (about half a minute)"
    return Step("front-end-build", doing, inputs, result, 200, build_frontend)


def documents_step() -> Step:
    def inputs() -> Iterator[bytes]:
        yield venv_identity()
        yield from files(*DOCUMENTS)

    result = ROOT / "build" / "docs" / "index.html"
    doing = "building the documents (about a quarter of a minute)"
    return Step("documents", doing, inputs, result, 100, build_documents)


def build_documents(step: Step) -> None:
    """Both languages, the German one within the English one, from nothing: what is gone must not stay."""
    target = ROOT / "build" / "docs"
    shutil.rmtree(target, ignore_errors=True)
    sphinx = (venv_python(), "-m", "sphinx", "-q", "-b", "html", "-c", "docs")
    run_logged(step, *sphinx, "docs", target)
    run_logged(step, *sphinx, "-D", "language=de", "docs/de", target / "de")


def venv_works() -> bool:
    try:
        tried = subprocess.run([str(venv_python()), "-c", "import pip"], capture_output=True, check=False)
    except OSError:
        return False
    return tried.returncode == 0


def covered_by_dev(step: Step) -> bool:
    """Whether `requirements-dev.txt`, which holds the others, is installed at the present inputs."""
    if step.name != "python-packages":
        return False
    return dev_step().is_done()


def carry_out(chain: list[Step]) -> None:
    STAMPS.mkdir(exist_ok=True)
    for step in chain:
        if step.name == "python-environment" and venv_works():
            continue
        if step.is_done() or covered_by_dev(step):
            continue
        need_disk(step)
        say(f"[{step.name}] {step.doing}")
        step.log.unlink(missing_ok=True)
        started = time.monotonic()
        step.run(step)
        step.stamp.write_text(step.digest())
        say(f"[{step.name}] done in {time.monotonic() - started:.0f} s")


def side_by_side(chains: dict[str, list[Step]]) -> None:
    """Carry out each chain in order, all at once; the first failure is raised when the others have ended."""

    def alone(side: str) -> None:
        with one_at_a_time(side):
            carry_out(chains[side])

    with ThreadPoolExecutor(len(chains)) as pool:
        for outcome in [pool.submit(alone, side) for side in chains]:
            outcome.result()


@contextmanager
def one_at_a_time(side: str) -> Iterator[None]:
    """Two `make` commands started together set up each side once, the second waits for the first."""
    STAMPS.mkdir(exist_ok=True)
    with (STAMPS / f"{side}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another set-up of the {side} is running here; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def say(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runtime", action="store_true", help="only what serving needs, no test tools")
    parser.add_argument("--no-build", action="store_true", help="leave the builds of pages and documents out")
    parser.add_argument("--python", action="store_true", help="only the Python side")
    parser.add_argument("--documents", action="store_true", help="the Python side and the documents")
    options = parser.parse_args()
    os.environ.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    try:
        chains = lanes(runtime=options.runtime, build=not (options.no_build or options.python))
        if options.python or options.documents:
            del chains[PAGES]
        side_by_side(chains)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"setup: {error.strerror or error}: {error.filename or ROOT}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("setup: stopped", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
