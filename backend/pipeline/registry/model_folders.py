"""A model version as files: put together from blobs on the worker's disk, every digest checked."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from backend.common.errors import Conflict
from backend.common.storage import put_blob, read_blob, sha256_of
from backend.pipeline.models import ModelFile, ModelVersion

# What a model may bring: no pickle ever, since loading one runs what is in it.
SAFE_SUFFIXES = (".safetensors", ".onnx", ".json")


class ModelDamaged(Conflict):
    code = "model_damaged"
    message = "A file of this model is not the one that was registered."


class ModelFileRefused(Conflict):
    code = "model_file_refused"


def folder_digest(digests: Mapping[str, str]) -> str:
    """One digest of a model: SHA-256 over the names and digests of its files."""
    text = "".join(f"{name} {digest}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def store_files(model: ModelVersion, folder: Path) -> None:
    """Keep the folder's files as the model's and note their digest; the caller saves the row.

    Raises `ModelFileRefused` for a kind of file that could run code when it is loaded.
    """
    digests: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix not in SAFE_SUFFIXES:
            raise ModelFileRefused(message=f"{path.name} is not a kind of file that is loaded safely.")
        blob = put_blob(data=path)
        ModelFile.objects.create(model=model, name=path.name, blob=blob)
        digests[path.name] = blob.sha256
    model.digest = folder_digest(digests)


def model_folder(model: ModelVersion | None) -> Path | None:
    """The folder with the model's files on this machine; None for the weights that ship.

    Raises `ModelDamaged` where what is stored is not what was registered.
    """
    if model is None:
        return None
    folder = Path(settings.VERTEBASE_VAR) / "scratch" / "models" / model.digest
    files = {file.name: file.blob for file in model.files.select_related("blob")}
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(dir=folder.parent))
        for name, blob in files.items():
            (made / Path(name).name).write_bytes(read_blob(blob))
        try:
            os.replace(made, folder)
        except OSError:  # another worker was faster
            shutil.rmtree(made)
    digests = {name: sha256_of(folder / Path(name).name)[0] for name in files}
    if (
        digests != {name: blob.sha256 for name, blob in files.items()}
        or folder_digest(digests) != model.digest
    ):
        shutil.rmtree(folder, ignore_errors=True)
        raise ModelDamaged(extra={"model": str(model.pk)})
    return folder
