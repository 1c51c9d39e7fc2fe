"""tus's own clients with their own settings at the running site, and what is left of names afterwards."""

from __future__ import annotations

import json
import random
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
from tusclient.client import TusClient
from valkey import Valkey

from backend.common.embedded import valkey_socket
from backend.science.formats.nifti import mask_bytes, volume_bytes
from inference.synthesis import fast_spec, make_phantom
from tests.story import chapters
from tests.story.chapters import Team
from tests.support.site import ROOT, Site
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

MARKER = "Zebedaeus"
LONG_BYTES = 25 << 20  # above what a proxy takes unless it is told, and three pieces
SEND_WITH_JAVASCRIPT = """
const tus = require("tus-js-client");
const { file, endpoint, headers, metadata, options } = JSON.parse(process.argv[1]);
const upload = new tus.Upload(require("fs").createReadStream(file), {
  endpoint, headers, metadata, ...options,
  onSuccess: () => console.log("sent"),
  onError: (error) => {
    console.log(error.originalResponse?.getBody() ?? String(error));
    process.exitCode = 1;
  },
});
upload.start();
"""


def headers_of(team: Team) -> dict[str, str]:
    """The manager's session, as a client that is not a browser carries it."""
    cookies = team.manager.session.cookies
    return {
        "Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies),
        "X-CSRFToken": str(cookies["csrftoken"]),
        "Referer": team.manager.site,
    }


@pytest.fixture(scope="module")
def slug(team: Team) -> str:
    return chapters.found_project(team, "Story of stock clients")


def open_batch(team: Team, slug: str) -> str:
    return str(team.manager.post(f"/projects/{slug}/batches")["id"])


def send_with_python(team: Team, batch: str, name: str, content: bytes) -> None:
    """tuspy as its readme shows it: no chunk size, so the file goes in one request."""
    client = TusClient(f"{team.manager.site}/api/v1/uploads/", headers=headers_of(team))
    uploader = client.uploader(file_stream=BytesIO(content), metadata={"batch": batch, "filename": name})
    uploader.upload()
    assert uploader.offset == len(content)


def send_with_javascript(team: Team, batch: str, path: Path, **options: Any) -> tuple[int, str]:
    """tus-js-client under Node with an address, a file and nothing else."""
    asked = {
        "file": str(path),
        "endpoint": f"{team.manager.site}/api/v1/uploads/",
        "headers": headers_of(team),
        "metadata": {"batch": batch, "filename": path.name},
        "options": options,
    }
    done = subprocess.run(
        ["node", "-e", SEND_WITH_JAVASCRIPT, json.dumps(asked)],
        cwd=ROOT / "frontend",
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def uploads(team: Team, batch: str) -> dict[str, dict[str, Any]]:
    return {upload["name"]: upload for upload in team.manager.get(f"/batches/{batch}")["uploads"]}


def test_a_long_file_arrives_whole_from_both_clients(
    site: Site, team: Team, slug: str, tmp_path: Path
) -> None:
    content = random.Random(1).randbytes(LONG_BYTES)
    path = tmp_path / "long.bin"
    path.write_bytes(content)
    batch = open_batch(team, slug)
    send_with_python(team, batch, "python.bin", content)
    code, said = send_with_javascript(team, batch, path)
    assert (code, said.strip()) == (0, "sent")
    arrived = uploads(team, batch)
    assert {(u["size_bytes"], u["offset_bytes"], u["state"]) for u in arrived.values()} == {
        (LONG_BYTES, LONG_BYTES, "received")
    }
    for upload in arrived.values():
        assert (site.var / "inbox" / batch / upload["id"]).read_bytes() == content
    team.manager.post(f"/batches/{batch}/withdraw")
    assert not (site.var / "inbox" / batch).exists()


def test_what_is_not_done_is_refused_not_ignored(team: Team, slug: str, tmp_path: Path) -> None:
    path = tmp_path / "parts.bin"
    path.write_bytes(random.Random(2).randbytes(1 << 20))
    batch = open_batch(team, slug)
    code, said = send_with_javascript(team, batch, path, parallelUploads=2, retryDelays=None)
    assert code == 1
    assert json.loads(said.strip().splitlines()[-1])["code"] == "unsupported_extension"
    assert uploads(team, batch) == {}
    for header in ({"Upload-Concat": "partial"}, {"Upload-Defer-Length": "1"}):
        refused = requests.post(
            f"{team.manager.site}/api/v1/uploads/",
            headers=headers_of(team) | {"Tus-Resumable": "1.0.0", "Upload-Length": "5"} | header,
            timeout=120,
        )
        assert (refused.status_code, refused.json()["code"]) == (400, "unsupported_extension")


def test_no_file_of_the_site_names_what_was_used(site: Site, team: Team, slug: str) -> None:
    """Database with its log, storage, inbox, logs of all processes, and everything that the broker holds."""
    made = make_phantom(fast_spec(seed=23))
    batch = open_batch(team, slug)
    send_with_python(team, batch, f"{MARKER}_ct.nii.gz", volume_bytes(made.volume))
    send_with_python(team, batch, f"{MARKER}_mask.nii.gz", mask_bytes(made.mask))
    assert set(uploads(team, batch)) == {f"{MARKER}_ct.nii.gz", f"{MARKER}_mask.nii.gz"}
    team.manager.post(f"/batches/{batch}/process")
    wait_until(
        lambda: team.manager.get(f"/batches/{batch}")["state"] == "done",
        seconds=600,
        what="the ingest",
    )
    assert len(team.manager.get(f"/batches/{batch}")["series"]) == 1

    def naming() -> list[str]:
        files = (path for path in site.var.rglob("*") if path.is_file())
        return [str(path) for path in files if MARKER.encode() in path.read_bytes()]

    # the database's log is emptied as soon as nobody reads in it: by the worker, else by the sweep
    wait_until(lambda: not naming(), seconds=300, what="no file of the site to name anybody")
    broker: Any = Valkey(unix_socket_path=str(valkey_socket(site.var)))
    held = [key + (broker.dump(key) or b"") for key in broker.keys("*")]
    assert not [entry for entry in held if MARKER.encode() in entry]
