"""Work out exact versions with their hashes from what is asked for by name.

``requirements.in`` gives ``requirements.txt``; ``requirements-docs.in`` and ``requirements-dev.in`` give what
those before them do not have already, and ``requirements-setup.txt``: uv alone, which installs the others.
All hold for every Python and platform that is supported. Versions stay as they are where they still fit;
``--upgrade`` takes the newest.

Torch has no hash (``requirements-torch.txt`` says why). What it needs everywhere is locked with the rest;
what only its CUDA builds need is pinned by those builds themselves, and left out.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV = ROOT / ".venv" / "bin" / "uv"
OLDEST_PYTHON = "3.11"
HEAD = "# Written by `make lock` from {source}; not to be edited by hand.\n"
_ENTRY = re.compile(r"^([A-Za-z0-9][\w.-]*)==", re.MULTILINE)
_OF_CUDA_BUILDS = re.compile(r"(nvidia|cuda)-|triton$")


def names(lock: str) -> set[str]:
    """The packages that a lock pins."""
    return set(_ENTRY.findall(lock))


def keep(lock: str, wanted: Callable[[str], bool]) -> str:
    """The entries, with their hashes and comments, of those packages whose name is wanted."""
    starts = [match.start() for match in _ENTRY.finditer(lock)]
    entries = [lock[a:b] for a, b in zip(starts, [*starts[1:], len(lock)], strict=True)]
    return "".join(entry for entry in entries if wanted(entry.split("==")[0]))


def compile_lock(output: Path, *arguments: str) -> str:
    """Let uv work out the lock, starting from the versions in ``output``; what it wrote."""
    command = [
        *(str(UV), "pip", "compile", "--quiet", "--no-header", "--generate-hashes", "--universal"),
        *("--python-version", OLDEST_PYTHON, "--fork-strategy", "fewest", "--output-file", str(output)),
        *arguments,
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    return output.read_text()


def write_locks(*options: str) -> None:
    runtime, docs, dev, setup = (ROOT / f"requirements{what}.txt" for what in ("", "-docs", "-dev", "-setup"))
    sources = ("requirements.in", "requirements-torch.txt")
    full = compile_lock(runtime, "--no-emit-package", "torch", *sources, *options)
    locked = keep(full, lambda name: not _OF_CUDA_BUILDS.match(name))
    runtime.write_text(HEAD.format(source=sources[0]) + locked)
    pages = compile_lock(docs, "--constraints", "requirements.txt", "requirements-docs.in", *options)
    of_pages = keep(pages, lambda name: name not in names(locked))
    docs.write_text(HEAD.format(source="requirements-docs.in") + "-r requirements.txt\n" + of_pages)
    constraints = ("--constraints", "requirements.txt", "--constraints", "requirements-docs.txt")
    more = compile_lock(dev, *constraints, "requirements-dev.in", *options)
    pinned = names(locked) | names(of_pages) | {"torch"}  # a tool that needs torch takes the product's
    rest = keep(more, lambda name: name not in pinned and not _OF_CUDA_BUILDS.match(name))
    head = HEAD.format(source="requirements-dev.in")
    dev.write_text(head + "-r requirements-docs.txt\n" + rest)
    setup.write_text(head + keep(rest, lambda name: name == "uv"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="the newest versions that fit")
    options = parser.parse_args()
    write_locks(*(["--upgrade"] if options.upgrade else []))
    return 0


if __name__ == "__main__":
    sys.exit(main())
