"""What is asked for by name is locked, and the linter finds what is asked for in vain."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from scripts.lint import DEPTRY, ROOT
from scripts.lock import keep, names

LOCK = """\
alpha==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:ab
    # via -r requirements.in
nvidia-cublas==13.1 ; sys_platform == 'linux' \\
    --hash=sha256:bb
    # via torch
omega==2.0 \\
    --hash=sha256:cc
"""


def asked_for(file: str) -> set[str]:
    lines = (ROOT / file).read_text().splitlines()
    found = (re.match(r"[A-Za-z0-9][\w.-]*", line) for line in lines)
    return {re.sub(r"[-_.]+", "-", match.group()).lower() for match in found if match}


def test_a_lock_is_cut_by_whole_entries() -> None:
    assert names(LOCK) == {"alpha", "nvidia-cublas", "omega"}
    kept = keep(LOCK, lambda name: name != "nvidia-cublas")
    assert kept == LOCK[: LOCK.index("nvidia")] + LOCK[LOCK.index("omega") :]


def test_what_is_asked_for_is_locked_once_and_with_hashes() -> None:
    runtime, dev = ((ROOT / name).read_text() for name in ("requirements.txt", "requirements-dev.txt"))
    assert asked_for("requirements.in") <= names(runtime)
    assert asked_for("requirements-dev.in") <= names(runtime) | names(dev)
    assert not names(runtime) & names(dev)
    installer = (ROOT / "requirements-setup.txt").read_text()
    assert names(installer) == {"uv"}
    assert keep(dev, names(installer).__contains__) in installer, "one uv for all"
    for lock in (runtime, dev, installer):
        for name in names(lock):
            assert "--hash=sha256:" in keep(lock, name.__eq__), name


def test_a_package_that_nobody_imports_is_found(tmp_path: Path) -> None:
    asked = tmp_path / "requirements.in"
    asked.write_text((ROOT / "requirements.in").read_text() + "krippendorff\n")
    files = f"{asked},{ROOT / 'requirements-torch.txt'}"
    command = (*DEPTRY, "--requirements-files", files, "backend", "inference")
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert "DEP002 'krippendorff' defined as a dependency but not used" in found.stdout + found.stderr
