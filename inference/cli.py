"""`python -m inference`: segment a file, make scenes, train, export, evaluate. No server is needed."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from backend.science.engine_api import EngineRequest, StageProgress
from backend.science.errors import BadInput
from backend.science.formats.nifti import write_mask
from backend.science.formats.verse import write_centroids
from inference.cases import CaseFiles, read_ct_said
from inference.errors import EngineUnavailable

EXIT_BAD_INPUT = 2


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _segment(args: argparse.Namespace) -> int:
    from inference.engine import SpineEngine

    engine = SpineEngine()
    volume, remarks = read_ct_said(args.ct)
    for remark in remarks:
        _say(f"{remark}; so does the mask, in both transforms")
    options = {"quick": args.quick} | ({"threads": args.threads} if args.threads else {})

    def progress(step: StageProgress) -> None:
        if step.done:
            _say(f"{step.stage}: {step.seconds} s")

    with tempfile.TemporaryDirectory() as scratch:
        request = EngineRequest(volume=volume, work_dir=Path(scratch), options=options)
        result = engine.run(request, progress, lambda: False)
    write_mask(args.mask, result.mask)
    if args.centroids:
        write_centroids(args.centroids, dict(result.centroids_ras_mm), volume.geometry)
    if args.report:
        args.report.write_text(json.dumps({**result.report, "remarks": remarks}, indent=2) + "\n")
    _say(result.report["naming"]["statement"])
    return 0


def _scenes(args: argparse.Namespace) -> int:
    from inference.training.scenes import make_scenes

    made = make_scenes(args.directory, args.kind, args.seed, args.first, args.count)
    _say(f"{made} scenes made")
    return 0


def _train(args: argparse.Namespace) -> int:
    from inference.training.lines import train_lines
    from inference.training.loop import TrainConfig, mixture, scene_source, train
    from inference.training.real import real_source
    from inference.training.tasks import TASKS

    config = TrainConfig(args.network, args.steps, seed=args.seed, learning_rate=args.learning_rate)
    if args.network == "label":
        train_lines(args.scenes, config, args.checkpoint, say=_say)
        return 0
    task = TASKS[args.network]
    draw = scene_source(task, args.scenes)
    initial = None
    if args.start_from:
        import torch

        initial = torch.load(args.start_from, weights_only=True)["averaged"]
    if args.case:
        cases = [CaseFiles(Path(mask).name, Path(ct), Path(mask)) for ct, mask in args.case]
        draw = mixture([(1 - args.case_share, draw), (args.case_share, real_source(args.network, cases))])
    train(task, config, draw, args.checkpoint, initial=initial, say=_say)
    return 0


def _export(args: argparse.Namespace) -> int:
    from inference.loading import export_weights

    about = json.loads(args.about.read_text()) if args.about else {}
    checkpoints = {"localise": args.localise, "label": args.label, "segment": args.segment}
    export_weights(checkpoints, args.directory, args.version, about)
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    from inference.engine import SpineEngine
    from inference.training.leave_one_out import measure
    from inference.weights import find_weights

    engine = SpineEngine(find_weights(args.weights) if args.weights else None)
    cases = [CaseFiles(Path(ct).parent.name, Path(ct), Path(mask)) for ct, mask in args.case]
    return _show([measure(case, engine) for case in cases], args.report)


def _leave_one_out(args: argparse.Namespace) -> int:
    from inference.training.leave_one_out import Base, FineTune, leave_one_out, read_cases

    base = Base(args.segment, args.localise, args.label, args.scenes)
    results = leave_one_out(
        base,
        read_cases(args.cases),
        read_cases(args.test_only) if args.test_only else [],
        args.directory,
        FineTune(steps=args.steps, seed=args.seed, learning_rate=args.learning_rate),
        args.version,
        json.loads(args.about.read_text()) if args.about else {},
        say=_say,
    )
    return _show(results, args.directory / "results.json")


def _show(results: list[dict[str, Any]], report: Path | None) -> int:
    from inference.evaluation import table

    if report:
        report.write_text(json.dumps(results, indent=2) + "\n")
    print(table(results))
    for result in results:
        print(f"{result['case']}: {result['naming']['statement']}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference", description="The built-in spine pipeline.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about)
        added.set_defaults(run=run)
        return added

    segment = command("segment", _segment, "Segment and name the vertebrae of one CT.")
    segment.add_argument("ct", type=Path, metavar="CT")
    segment.add_argument("--mask", type=Path, required=True)
    segment.add_argument("--centroids", type=Path)
    segment.add_argument("--report", type=Path)
    segment.add_argument("--threads", type=int)
    segment.add_argument(
        "--quick",
        action="store_true",
        help="look at each vertebra once instead of twice: a little less exact",
    )

    scenes = command("scenes", _scenes, "Make synthetic scenes to train on.")
    scenes.add_argument("directory", type=Path)
    scenes.add_argument("--kind", choices=("patch", "wide"), required=True)
    scenes.add_argument("--seed", type=int, default=1)
    scenes.add_argument("--first", type=int, default=0)
    scenes.add_argument("--count", type=int, required=True)

    train = command("train", _train, "Train a network; a second call with the same checkpoint goes on.")
    train.add_argument("network", choices=("localise", "label", "segment"))
    train.add_argument("--scenes", type=Path, required=True)
    train.add_argument("--checkpoint", type=Path, required=True)
    train.add_argument("--steps", type=int, required=True)
    train.add_argument("--seed", type=int, default=1)
    train.add_argument("--learning-rate", type=float, default=3e-3)
    train.add_argument("--start-from", type=Path, help="a checkpoint whose weights to start from")
    train.add_argument("--case", nargs=2, action="append", metavar=("CT", "MASK"), help="a CT to mix in")
    train.add_argument("--case-share", type=float, default=0.5)

    export = command("export", _export, "Write checkpoints as the weights that ship.")
    export.add_argument("directory", type=Path)
    export.add_argument("--localise", type=Path, required=True)
    export.add_argument("--label", type=Path, required=True)
    export.add_argument("--segment", type=Path, required=True)
    export.add_argument("--version", required=True)
    export.add_argument("--about", type=Path, help="JSON with what the manifest should say of them")

    evaluate = command("evaluate", _evaluate, "Run the engine on labelled CTs and compare.")
    evaluate.add_argument("--case", nargs=2, action="append", required=True, metavar=("CT", "MASK"))
    evaluate.add_argument("--report", type=Path)
    evaluate.add_argument("--weights", type=Path, help="a folder with other weights than those that ship")

    loo = command(
        "leave-one-out",
        _leave_one_out,
        "Measure each labelled CT with weights tuned on the others; tune on all.",
    )
    loo.add_argument("directory", type=Path, help="for checkpoints, results and weights")
    loo.add_argument("--cases", type=Path, required=True, help="JSON list of name, ct and mask to train on")
    loo.add_argument("--test-only", type=Path, help="the same, of cases that nothing is trained on")
    loo.add_argument("--scenes", type=Path, required=True)
    for network in ("segment", "localise", "label"):
        loo.add_argument(f"--{network}", type=Path, required=True, help="checkpoint to start from")
    loo.add_argument("--steps", type=int, default=540)
    loo.add_argument("--seed", type=int, default=1)
    loo.add_argument("--learning-rate", type=float, default=1e-3)
    loo.add_argument("--version", required=True)
    loo.add_argument("--about", type=Path, help="JSON with what the manifest should say of the weights")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command: 0 on success, 2 with one line on standard error for what cannot be used."""
    args = _parser().parse_args(arguments)
    try:
        return int(args.run(args))
    except (BadInput, EngineUnavailable, ValueError) as error:
        return _fail(str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _fail(f"{where}{error.strerror or error}")
    except MemoryError:
        return _fail("not enough memory for this input")


def _fail(message: str) -> int:
    _say(f"inference: {' '.join(message.split())}")
    return EXIT_BAD_INPUT
