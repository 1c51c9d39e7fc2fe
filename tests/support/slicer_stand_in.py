"""Stands in for 3D Slicer, whose program no test can install: modules that record what is asked of them.

Segmentations are read and written by `slicerio`, by the makers of Slicer. It shows that the module calls
what Slicer's documents say there is; not that a window looks right.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import nrrd
import slicerio

EXTENSION = Path(__file__).parents[2] / "backend" / "interchange" / "slicer" / "extension"


class Widget:
    """Any widget of Qt: whatever is called is kept, whatever is set stays."""

    Password = "password"

    def __init__(self, *arguments: Any) -> None:
        self.text: Any = arguments[0] if arguments and isinstance(arguments[0], str) else ""
        self.items: list[str] = []
        self.currentIndex = -1
        self.signals: dict[str, Callable[[], None]] = {}
        self.rows: list[Any] = []

    def connect(self, signal: str, act: Callable[[], None]) -> None:
        self.signals[signal] = act

    def addRow(self, *parts: Any) -> None:
        self.rows.append(parts[-1])

    def addItems(self, items: list[str]) -> None:
        self.items += items
        self.currentIndex = 0 if self.items else -1

    def clear(self) -> None:
        self.items, self.currentIndex = [], -1

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments: None


class Timer(Widget):
    started: int | None = None

    def start(self, milliseconds: int) -> None:
        self.started = milliseconds

    def stop(self) -> None:
        self.started = None

    def ring(self) -> None:
        self.signals["timeout()"]()


class Settings:
    kept: dict[str, Any] = {}

    def value(self, key: str) -> Any:
        return self.kept.get(key)

    def setValue(self, key: str, value: Any) -> None:
        self.kept[key] = value

    def remove(self, key: str) -> None:
        self.kept.pop(key, None)


class Segmentation:
    """A loaded segmentation: voxels and header as the file has them, and who wants to know of edits."""

    def __init__(self, path: str) -> None:
        self.voxels, self.header = nrrd.read(path)
        self.names = [segment["name"] for segment in slicerio.read_segmentation(path)["segments"]]
        self.path = path
        self.observers: dict[int, Any] = {}
        self.reference: Any = None

    def GetSegmentation(self) -> Segmentation:
        return self

    def AddObserver(self, event: str, act: Any) -> int:
        self.observers[len(self.observers)] = act
        return len(self.observers) - 1

    def RemoveObserver(self, tag: int) -> None:
        self.observers.pop(tag)

    def SetName(self, name: str) -> None:
        self.name = name

    def SetReferenceImageGeometryParameterFromVolumeNode(self, volume: Any) -> None:
        self.reference = volume

    def GetSegmentIdBySegmentName(self, name: str) -> str:
        return name if name in self.names else ""

    def AddEmptySegment(self, segment_id: str, name: str, colour: Any) -> str:
        self.names.append(name)
        place = sum(key.endswith("_ID") for key in self.header)
        number = 200  # the next free one of its own, which is no level's
        said = {"ID": name, "Name": name, "LabelValue": str(number), "Layer": "0", "Tags": ""}
        self.header |= {f"Segment{place}_{key}": value for key, value in said.items()}
        return name

    def draw(self, voxel: tuple[int, int, int], number: int) -> None:
        self.voxels[voxel] = number
        for act in list(self.observers.values()):
            act(self, "edited")


class Slicer:
    """What a test looks at afterwards."""

    def __init__(self, folder: Path) -> None:
        self.loaded: list[str] = []
        self.removed: list[Any] = []
        self.opened: list[str] = []
        self.questions: list[str] = []
        self.says_yes = True
        self.folder = folder
        Settings.kept = {}

    def load_segmentation(self, path: str) -> Segmentation:
        self.loaded.append(path)
        return Segmentation(path)

    def load_volume(self, path: str) -> Any:
        self.loaded.append(path)
        return ("volume", path)

    def save_node(self, node: Segmentation, path: str) -> bool:
        nrrd.write(path, node.voxels, node.header)
        return True

    def confirm(self, text: str, windowTitle: str = "") -> bool:
        self.questions.append(text)
        return self.says_yes


class _Base:
    def __init__(self, *arguments: Any) -> None:
        self.parent = Widget()
        self.layout = Widget()

    def setup(self) -> None:
        """Nothing."""


@contextmanager
def standing_in(folder: Path) -> Iterator[Slicer]:
    """Slicer's modules, as far as the extension uses them, until the end of the block."""
    told = Slicer(folder)
    slicer: Any = ModuleType("slicer")
    slicer.util = ModuleType("slicer.util")
    slicer.util.loadVolume = told.load_volume
    slicer.util.loadSegmentation = told.load_segmentation
    slicer.util.saveNode = told.save_node
    slicer.util.confirmYesNoDisplay = told.confirm
    slicer.util.selectModule = told.opened.append
    slicer.mrmlScene = Widget()
    slicer.mrmlScene.RemoveNode = told.removed.append
    slicer.app = Widget()
    slicer.app.slicerUserSettingsFilePath = str(folder / "Slicer.ini")
    slicer.vtkSegmentation = Widget()
    slicer.vtkSegmentation.SourceRepresentationModified = "drawn"
    slicer.vtkSegmentation.SegmentRemoved = "removed"
    base: Any = ModuleType("slicer.ScriptedLoadableModule")
    base.ScriptedLoadableModule = base.ScriptedLoadableModuleLogic = base.ScriptedLoadableModuleWidget = _Base
    qt: Any = ModuleType("qt")
    for name in ("QLabel", "QPushButton", "QLineEdit", "QComboBox", "QFormLayout"):
        setattr(qt, name, Widget)
    qt.QTimer, qt.QSettings, qt.QUrl = Timer, Settings, str
    qt.QDesktopServices = Widget()
    qt.QDesktopServices.openUrl = told.opened.append
    ctk: Any = ModuleType("ctk")
    ctk.ctkCollapsibleButton = Widget
    parts = {"slicer": slicer, "slicer.util": slicer.util, base.__name__: base, "qt": qt, "ctk": ctk}
    kept = {name: sys.modules.get(name) for name in [*parts, "Vertebase"]}
    sys.modules |= parts
    sys.path.insert(0, str(EXTENSION))
    try:
        yield told
    finally:
        sys.path.remove(str(EXTENSION))
        for name, module in kept.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module
