"""Downloads: pieces, taken up where they broke off, and nothing accepted that is not as listed."""

from __future__ import annotations

import hashlib
import json
import random
import re
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.client import Changed, Damaged, NotFound, Site, Unreachable
from backend.client.downloads import Downloading, Received
from backend.client.operations_generated import Operations
from backend.client.verifying import unpack, verify_archive
from tests.client.serving import Asked, Reply, Server, serving

PIECE = 1000
CONTENT = random.Random(3).randbytes(10 * PIECE + 17)
ADDRESS = "/api/v1/releases/r/archives/all.zip"


class Ranges:
    """Serves bytes by ranges, as the site does; ``trouble`` may put another reply in place of a piece's."""

    def __init__(self, content: bytes, trouble: Callable[[int, Reply], Reply] | None = None) -> None:
        self.content, self.trouble = content, trouble
        self.etag = hashlib.sha256(content).hexdigest()
        self.starts: list[int] = []

    def __call__(self, asked: Asked) -> Reply:
        headers = {"ETag": f'"{self.etag}"', "Accept-Ranges": "bytes"}
        if asked.method == "HEAD":
            return Reply(200, b"", {**headers, "Content-Length": str(len(self.content))})
        assert asked.headers["If-Range"].strip('"')
        if asked.headers["If-Range"] != f'"{self.etag}"':
            return Reply(200, self.content, headers)
        start, end = map(int, re.findall(r"\d+", asked.headers["Range"]))
        self.starts.append(start)
        told = {**headers, "Content-Range": f"bytes {start}-{end}/{len(self.content)}"}
        reply = Reply(206, self.content[start : end + 1], told)
        return self.trouble(start, reply) if self.trouble else reply


def fetch(server: Server, target: Path, *, patience_seconds: float = 20.0, **more: Any) -> Path:
    with Operations(server.url, "secret", patience_seconds=patience_seconds) as api:
        return Downloading(api, ADDRESS, target, piece_bytes=PIECE, **more).run()


def test_a_file_arrives_whole_in_pieces_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    ranges, heard = Ranges(CONTENT), list[Received]()
    with serving(ranges) as server:
        found = fetch(server, tmp_path / "all.zip", progress=heard.append)
    assert found.read_bytes() == CONTENT
    assert sorted(ranges.starts) == list(range(0, len(CONTENT), PIECE))
    assert [path.name for path in tmp_path.iterdir()] == ["all.zip"]
    assert heard[0].bytes_done == 0
    assert heard[-1] == Received(len(CONTENT), len(CONTENT))


def test_a_piece_that_breaks_off_goes_on_where_it_was(tmp_path: Path) -> None:
    def trouble(start: int, reply: Reply) -> Reply:
        return Reply(reply.status, reply.body, reply.headers, cut=300) if start == 2 * PIECE else reply

    ranges = Ranges(CONTENT, trouble)
    with serving(ranges) as server:
        assert fetch(server, tmp_path / "all.zip").read_bytes() == CONTENT
    assert 2 * PIECE + 300 in ranges.starts


def test_a_download_started_again_fetches_only_what_is_missing(tmp_path: Path) -> None:
    ranges = Ranges(CONTENT, lambda start, reply: Reply(cut=0) if start == 7 * PIECE else reply)
    with serving(ranges) as server, pytest.raises(Unreachable):
        fetch(server, tmp_path / "all.zip", patience_seconds=0.1, at_once=1)
    assert not (tmp_path / "all.zip").exists()
    ranges.trouble = None
    ranges.starts.clear()
    with serving(ranges) as server:
        assert fetch(server, tmp_path / "all.zip").read_bytes() == CONTENT
    assert sorted(ranges.starts) == [start for start in range(0, len(CONTENT), PIECE) if start >= 7 * PIECE]


def test_pieces_that_were_stopped_half_way_do_not_count(tmp_path: Path) -> None:
    """One piece is refused while three others wait to go on."""
    waiting = threading.Barrier(4)

    def trouble(start: int, reply: Reply) -> Reply:
        if start in (0, PIECE, 2 * PIECE):
            waiting.wait(30)
            return Reply(reply.status, reply.body, reply.headers, cut=300)
        if start == 3 * PIECE:
            waiting.wait(30)
            return Reply(404)
        return Reply(cut=0)

    ranges = Ranges(CONTENT, trouble)
    with serving(ranges) as server, pytest.raises(NotFound):
        fetch(server, tmp_path / "all.zip", at_once=4)
    ranges.trouble = None
    with serving(ranges) as server:
        assert fetch(server, tmp_path / "all.zip").read_bytes() == CONTENT


def test_what_is_there_of_another_content_does_not_count(tmp_path: Path) -> None:
    first = Ranges(bytes(len(CONTENT)), lambda start, reply: Reply(cut=0) if start == 7 * PIECE else reply)
    with serving(first) as server, pytest.raises(Unreachable):
        fetch(server, tmp_path / "all.zip", patience_seconds=0.1, at_once=1)
    with serving(Ranges(CONTENT)) as server:
        assert fetch(server, tmp_path / "all.zip").read_bytes() == CONTENT


def test_a_content_that_changes_meanwhile_is_not_mixed(tmp_path: Path) -> None:
    ranges = Ranges(CONTENT)

    def change(start: int, reply: Reply) -> Reply:
        ranges.etag = "another"
        return reply

    ranges.trouble = change
    with serving(ranges) as server, pytest.raises(Changed):
        fetch(server, tmp_path / "all.zip", at_once=1)
    assert not (tmp_path / "all.zip").exists()


def test_a_piece_of_another_content_is_refused_where_the_server_does_not_heed_the_condition(
    tmp_path: Path,
) -> None:
    def another(start: int, reply: Reply) -> Reply:
        return Reply(206, reply.body, {**reply.headers, "ETag": '"another"'}) if start else reply

    with serving(Ranges(CONTENT, another)) as server, pytest.raises(Changed):
        fetch(server, tmp_path / "all.zip", at_once=1)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def row(path: str, data: bytes, split: str | None) -> dict[str, Any]:
    return {"path": path, "split": split, "size_bytes": len(data), "sha256": sha256(data)}


FILES = {"README.md": b"read me", "01_training/a.nii.gz": b"a" * 99, "02_validation/b.nii.gz": b"b" * 99}
ROWS = [
    row("README.md", FILES["README.md"], None),
    row("01_training/a.nii.gz", FILES["01_training/a.nii.gz"], "training"),
    row("02_validation/b.nii.gz", FILES["02_validation/b.nii.gz"], "validation"),
]


def manifest_of(**more: Any) -> bytes:
    return json.dumps({"files": ROWS, "layouts": {}, "sealed": None, **more}).encode()


def archive(folder: Path, files: dict[str, bytes], manifest: bytes | None) -> Path:
    path = folder / "made.zip"
    with zipfile.ZipFile(path, "w") as out:
        for name, data in (files | ({"manifest.json": manifest} if manifest else {})).items():
            out.writestr(f"spines-1.0/{name}", data)
    return path


def verified(path: Path, manifest: bytes, name: str = "all", layout: str = "verse") -> dict[str, str]:
    return verify_archive(path, manifest, sha256(manifest), name=name, layout=layout)


def test_an_archive_as_listed_is_taken_and_unpacked(tmp_path: Path) -> None:
    made = archive(tmp_path, FILES, manifest_of())
    assert verified(made, manifest_of()).keys() == FILES.keys() | {"manifest.json"}
    assert (unpack(made, tmp_path / "out") / "README.md").read_bytes() == b"read me"


def test_a_part_needs_its_own_files_only(tmp_path: Path) -> None:
    mine = {name: data for name, data in FILES.items() if not name.startswith("02")}
    made = archive(tmp_path, mine, manifest_of())
    verified(made, manifest_of(), "training")
    with pytest.raises(Damaged, match=r"02_validation/b\.nii\.gz is missing"):
        verified(made, manifest_of())


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (FILES | {"01_training/a.nii.gz": b"A" * 99}, "01_training/a.nii.gz is not what the release lists"),
        (FILES | {"extra.txt": b"x"}, "extra.txt is in the archive, and not in the list"),
        ({"README.md": b"read me"}, "is missing"),
    ],
)
def test_what_is_not_as_listed_is_named(tmp_path: Path, files: dict[str, bytes], said: str) -> None:
    with pytest.raises(Damaged, match=said):
        verified(archive(tmp_path, files, manifest_of()), manifest_of())


def test_the_list_itself_is_held_against_the_releases_digest(tmp_path: Path) -> None:
    made = archive(tmp_path, FILES, manifest_of())
    with pytest.raises(Damaged, match="not the one that the release names"):
        verify_archive(made, manifest_of(), sha256(b"another"), name="all", layout="verse")
    other = archive(tmp_path, FILES, manifest_of(version="2"))
    with pytest.raises(Damaged, match=r"manifest\.json is not what"):
        verified(other, manifest_of())


def test_a_byte_that_flipped_on_the_disk_is_found(tmp_path: Path) -> None:
    made = archive(tmp_path, FILES, manifest_of())
    data = bytearray(made.read_bytes())
    data[data.index(b"a" * 99)] ^= 1
    made.write_bytes(bytes(data))
    with pytest.raises(Damaged, match="CRC"):
        verified(made, manifest_of())


def test_the_part_that_was_sealed_is_held_against_its_digest(tmp_path: Path) -> None:
    late = {"03_test/c.nii.gz": b"c" * 99}
    inner = json.dumps({"files": [row("03_test/c.nii.gz", b"c" * 99, "test")], "layouts": {}}).encode()
    sealed = {"path": "03_test/manifest.json", "opens_on": "2030-01-01", "sha256": sha256(inner)}
    open_list = manifest_of(sealed=sealed)
    files = FILES | late | {"03_test/manifest.json": inner}
    verified(archive(tmp_path, files, open_list), open_list)
    verified(archive(tmp_path, FILES, open_list), open_list)  # before that day
    with pytest.raises(Damaged, match="not the one that was sealed"):
        verified(archive(tmp_path, files | {"03_test/manifest.json": inner + b" "}, open_list), open_list)
    with pytest.raises(Damaged, match=r"03_test/c\.nii\.gz is not what"):
        verified(archive(tmp_path, files | {"03_test/c.nii.gz": b"d" * 99}, open_list), open_list)


def test_one_name_may_be_another_file_in_another_layout(tmp_path: Path) -> None:
    mine = {"README.md": b"for BIDS"}
    told = manifest_of(layouts={"bids": [row("README.md", b"for BIDS", None)]})
    verified(archive(tmp_path, mine, None), told, "bids", "bids")
    with pytest.raises(Damaged, match="README"):
        verified(archive(tmp_path, {"README.md": b"read me"}, None), told, "bids", "bids")


def test_a_name_that_leads_outside_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "made.zip"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("../outside.txt", b"x")
    with pytest.raises(Damaged, match="outside"):
        unpack(path, tmp_path / "in")
    assert not (tmp_path / "outside.txt").exists()


def test_an_archive_that_is_there_and_sound_is_not_fetched_again(tmp_path: Path) -> None:
    content = archive(tmp_path, FILES, manifest_of()).read_bytes()
    ranges = Ranges(content)
    row_of_release = {
        "id": "r",
        "project": {"slug": "spines"},
        "version": "1.0",
        "manifest_sha256": sha256(manifest_of()),
        "archives": [{"name": "all", "layout": "verse", "url": ADDRESS, "locked_until": None}],
    }

    def answer(asked: Asked) -> Reply:
        if asked.path == ADDRESS:
            return ranges(asked)
        told = manifest_of() if asked.path.endswith("/manifest.json") else json.dumps(row_of_release).encode()
        return Reply(200, told, {"Content-Type": "application/json"})

    with serving(answer) as server:
        release = Site(server.url, "secret").release("r")
        made = release.download(tmp_path / "data")
        assert (made.name, made.read_bytes()) == ("spines-1.0-all.zip", content)
        assert ranges.starts == [0]
        release.download(tmp_path / "data")
        assert ranges.starts == [0]
        made.write_bytes(content[:-9])
        release.download(tmp_path / "data")
        assert (ranges.starts, made.read_bytes()) == ([0, 0], content)
