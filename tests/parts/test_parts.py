"""The parts that are installed without the site: what they declare, what is in them, their examples."""

from __future__ import annotations

import ast
import doctest
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backend.common.software import software_version
from backend.science.formats.nifti import read_mask, write_mask
from backend.science.labels import label_of
from backend.science.volume import Mask, VolumeGeometry
from scripts import wheels

ROOT = Path(__file__).resolve().parents[2]
PARTS = {
    "backend.science": ROOT / "backend" / "science",
    "vertebase": ROOT / "backend" / "client",
    "inference": ROOT / "inference",
}
OURS = {"backend", "inference"}


CLIENT_ALONE = "client"


def project_of(part: str) -> dict[str, Any]:
    return tomllib.loads((PARTS[part] / "pyproject.toml").read_text())


def modules_of(part: str) -> list[Path]:
    return sorted(PARTS[part].rglob("*.py"))


def imported_by(path: Path) -> set[str]:
    """Top-level packages that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def plain(name: str) -> str:
    """The name of a distribution without extras and versions, as PyPI compares it."""
    end = next((place for place, sign in enumerate(name) if sign in "[<>=!~; "), len(name))
    return name[:end].lower().replace("_", "-")


@pytest.mark.parametrize("part", PARTS)
def test_every_import_is_declared_and_every_declared_one_imported(part: str) -> None:
    project = project_of(part)["project"]
    extras = [name for names in project.get("optional-dependencies", {}).values() for name in names]
    declared = {plain(name) for name in (*project["dependencies"], *extras)} - {"vertebase-science"}
    imported = set().union(*map(imported_by, modules_of(part))) - OURS - set(sys.stdlib_module_names)
    distributions = packages_distributions()
    assert {plain(distributions[name][0]) for name in imported} == declared - {"pylibjpeg", "python-gdcm"}


@pytest.mark.parametrize("part", PARTS)
def test_no_folder_of_modules_is_left_out(part: str) -> None:
    folders = {path.parent for path in modules_of(part)}
    names = {".".join((part, *folder.relative_to(PARTS[part]).parts)) for folder in folders}
    assert set(project_of(part)["tool"]["setuptools"]["packages"]) == names


def test_versions_agree() -> None:
    site = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert software_version() == f"vertebase {site}"
    assert json.loads((ROOT / "frontend" / "package.json").read_text())["version"] == site
    assert f"version: {site}\n" in (ROOT / "CITATION.cff").read_text()
    images = re.findall(r"image: vertebase/\w+:(\S+)", (ROOT / "docker-compose.yml").read_text())
    assert images == [site, site]
    assert {project_of(part)["project"]["version"] for part in PARTS} == {site}
    needed = f"vertebase-science=={site}"
    assert needed in project_of("inference")["project"]["dependencies"]
    assert needed in project_of("vertebase")["project"]["optional-dependencies"]["tasks"]


@pytest.mark.parametrize(
    "part", [part for part in PARTS if part != "vertebase"]
)  # a story's: they need a site
def test_the_examples_of_its_readme_run(part: str) -> None:
    failed, tried = doctest.testfile(str(PARTS[part] / "README.md"), module_relative=False)
    assert tried > 5
    assert failed == 0


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All parts built as wheels and unpacked into a folder without the site; the client alone in another."""
    folder = tmp_path_factory.mktemp("parts")
    for wheel in wheels.build(folder / "wheels"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder / "site")
            if wheel.name.startswith("vertebase-"):
                archive.extractall(folder / CLIENT_ALONE)
    return folder / "site"


def run_installed(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python with an installed part, run from outside of the project."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=installed.parent,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_an_installed_library_fuses_masks_without_the_site(installed: Path, tmp_path: Path) -> None:
    assert not (installed / "backend" / "__init__.py").exists()
    assert not (installed / "backend" / "config").exists()
    array = np.zeros((30, 30, 20), dtype=np.uint8, order="F")
    array[5:25, 5:25, 4:14] = label_of("L3")
    paths = [tmp_path / f"{name}.nii.gz" for name in "abc"]
    for path in paths:
        write_mask(path, Mask(VolumeGeometry(array.shape, np.diag([1.0, 1.0, 2.0, 1.0])), array))
    fused = tmp_path / "fused.nii.gz"
    done = run_installed(installed, "-m", "backend.science", "fuse", *map(str, paths), "--out", str(fused))
    assert done.returncode == 0, done.stderr
    assert np.array_equal(read_mask(fused).array, array)


@pytest.mark.slow
def test_an_installed_engine_brings_its_weights(installed: Path) -> None:
    code = "import inference.weights as w; print(w.find_weights().version, w.__file__)"
    done = run_installed(installed, "-c", code)
    assert done.returncode == 0, done.stderr
    assert str(installed) in done.stdout


@pytest.mark.slow
def test_an_installed_client_uploads_and_downloads_without_the_library(installed: Path) -> None:
    alone = installed.with_name(CLIENT_ALONE)
    assert not (alone / "backend").exists()
    code = "import vertebase, vertebase.uploads, vertebase.downloads; print(vertebase.__file__)"
    done = run_installed(alone, "-c", code)
    assert done.returncode == 0, done.stderr
    assert str(alone) in done.stdout
    assert (alone / "vertebase" / "py.typed").exists()


@pytest.mark.slow
def test_what_needs_the_library_says_so(installed: Path) -> None:
    done = run_installed(installed.with_name(CLIENT_ALONE), "-c", "import vertebase.voxels")
    assert "VertebaseError: CTs and masks need more: pip install 'vertebase[tasks]'" in done.stderr
    assert run_installed(installed, "-c", "import vertebase.voxels").returncode == 0


@pytest.mark.slow
def test_an_installed_client_speaks_on_the_command_line(installed: Path) -> None:
    done = run_installed(installed, "-m", "vertebase", "download", "--help")
    assert done.returncode == 0, done.stderr
    assert "--accept-terms" in done.stdout
