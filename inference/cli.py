"""`python -m inference`: segment a file, make scenes, train, export, evaluate. No server is needed."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from backend.science.engine_api import EngineRequest, StageProgress
from backend.science.errors import BadInput
from backend.science.formats.nifti import write_mask
from backend.science.formats.verse import write_centroids
from backend.science.training_api import (
    NETWORKS,
    FineTuning,
    LabelledCase,
    TrainingPoint,
    UnlabelledCase,
)
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
    from inference.training.scenes import make_scenes, scene_maker

    make = scene_maker(args.kind, args.masks)
    made = make_scenes(args.directory, args.kind, args.seed, args.first, args.count, make)
    _say(f"{made} scenes made")
    return 0


def _train(args: argparse.Namespace) -> int:
    from inference.training.lines import pooled
    from inference.training.loop import TrainConfig, mixture, scene_source, train
    from inference.training.real import real_source
    from inference.training.scenes import SHAPES
    from inference.training.start import initial_weights
    from inference.training.tasks import TASKS

    config = TrainConfig(
        args.network,
        args.steps,
        seed=args.seed,
        learning_rate=args.learning_rate,
        average=args.average,
    )
    task = TASKS[args.network]
    if args.network == "label":
        train(task, config, pooled(scene_source(task, args.scenes)), args.checkpoint, say=_say)
        return 0
    sources = [(1.0, scene_source(task, args.scenes))]
    if args.shape_share:
        shapes = scene_source(replace(task, kind=SHAPES), args.scenes)
        sources.append((args.shape_share, shapes))
    initial = initial_weights(args.start_from, args.network) if args.start_from else None
    if args.case:
        cases = [CaseFiles(Path(mask).name, Path(ct), Path(mask)) for ct, mask in args.case]
        sources.append((args.case_share, real_source(args.network, cases)))
    if args.without_spine or args.self_labelled:
        sources += _fields(args, initial)
    shares = sum(share for share, _ in sources[1:])
    if shares >= 1:
        raise ValueError("the shares of shapes and real CTs leave nothing for the scenes")
    draw = mixture([(1 - shares, sources[0][1]), *sources[1:]])
    train(task, config, draw, args.checkpoint, initial=initial, say=_say)
    return 0


def _fields(
    args: argparse.Namespace, initial: dict[str, Any] | None
) -> list[tuple[float, Callable[[Any], dict[str, Any]]]]:
    """Whole CTs for the localising network, with their shares."""
    from inference.networks.spine import Localiser
    from inference.training.fields import field_source, kept_field

    if args.network != "localise" or initial is None:
        raise ValueError("whole CTs are for the network 'localise', started from weights that label them")
    network = Localiser()
    network.load_state_dict(initial)
    network.eval()
    sources: list[tuple[float, Callable[[Any], dict[str, Any]]]] = []
    for paths, share, has_spine in (
        (args.without_spine, args.without_share, False),
        (args.self_labelled, args.self_share, True),
    ):
        if paths:
            kept = args.scenes / "fields"
            fields = [kept_field(path, network, kept, has_spine=has_spine) for path in paths]
            _say(f"{len(fields)} CTs {'with' if has_spine else 'without'} a spine")
            sources.append((share, field_source(fields)))
    return sources


def _train_slabs(args: argparse.Namespace) -> int:
    from inference.loading import load_network
    from inference.training.fields import field_of
    from inference.training.loop import TrainConfig, train
    from inference.training.slabs import keeping, sources, spine_field
    from inference.training.tasks import TASKS
    from inference.training.wide_cases import load_wide
    from inference.weights import find_weights

    teacher = load_network(find_weights(args.start_from).files["localise"], "cpu")
    cases = [CaseFiles(Path(ct).name, Path(ct), Path(mask)) for ct, mask in args.case or ()]
    spines = [spine_field(case, teacher) for case in load_wide(cases)]
    limbs = [field_of(path, teacher, has_spine=False) for path in args.without_spine]
    task = keeping(TASKS["localise"], teacher)
    config = TrainConfig("localise", args.steps, seed=args.seed, learning_rate=args.learning_rate)
    initial = {name: value.clone() for name, value in teacher.state_dict().items()}
    train(task, config, sources(args.scenes, spines, limbs), args.checkpoint, initial=initial, say=_say)
    return 0


def _self_train(args: argparse.Namespace) -> int:
    from inference.training.finetune import fine_tune

    asked = FineTuning(
        cases=_labelled(args.case),
        validation=_labelled(args.held_out),
        result=args.directory / "weights",
        work_dir=args.directory / "work",
        start=args.weights,
        steps=args.steps,
        learning_rate=args.learning_rate,
        seed=args.seed,
        synthetic_share=args.synthetic_share,
        version=args.version,
        networks=tuple(args.networks),
        unlabelled=tuple(UnlabelledCase(f"u{n}", ct) for n, ct in enumerate(args.unlabelled)),
        device=args.device,
        threads=args.threads,
    )

    def tell(point: TrainingPoint) -> None:
        told = {key: value for key, value in asdict(point).items() if value is not None}
        _say(json.dumps(told))

    about = fine_tune(asked, tell, lambda: False, lambda: False)
    (args.directory / "report.json").write_text(json.dumps(about, indent=2) + "\n")
    for row in about["networks"]:
        scores = f"{row['before']['score']} before, {row['after']['score']} after"
        print(f"{row['network']}: {scores}; {'kept' if row['better'] else row['reason']}")
    found = about["self_training"] or {"cases": 0, "learnt_from": [], "left_out": []}
    print(f"{len(found['learnt_from'])} of {found['cases']} CTs without a mask were learnt from")
    for row in found["left_out"]:
        print(f"  {args.unlabelled[int(row['case'][1:])]}: {row['reason']}")
    return 0


def _labelled(pairs: Sequence[Sequence[str]] | None) -> tuple[LabelledCase, ...]:
    return tuple(LabelledCase(f"c{n}", Path(ct), Path(mask)) for n, (ct, mask) in enumerate(pairs or ()))


def _export(args: argparse.Namespace) -> int:
    from inference.loading import export_weights

    about = json.loads(args.about.read_text()) if args.about else {}
    given = {"localise": args.localise, "label": args.label, "segment": args.segment}
    checkpoints = {name: path for name, path in given.items() if path is not None}
    export_weights(checkpoints, args.directory, args.version, about, args.base, args.lift)
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

    base = Base(args.segment, args.base, args.scenes)
    results = leave_one_out(
        base,
        read_cases(args.cases),
        read_cases(args.test_only) if args.test_only else [],
        args.directory,
        FineTune(
            steps=args.steps,
            seed=args.seed,
            learning_rate=args.learning_rate,
            case_share=args.case_share,
            shape_share=args.shape_share,
            average=args.average,
            lift=args.lift,
        ),
        args.version,
        json.loads(args.about.read_text()) if args.about else {},
        say=_say,
    )
    return _show(results, args.directory / "results.json")


def _calibrate_names(args: argparse.Namespace) -> int:
    from inference.training.naming import draw_reliability, fit_names, judge_names, judged, write_sureness
    from inference.training.readings import Wanted, read_all
    from inference.weights import find_weights

    weights, wanted = find_weights(args.weights), Wanted(scenes=args.fields)
    fields = [judged(reading) for reading in read_all(args.data, args.kept, weights, wanted, _say)]
    sureness = fit_names(fields)
    report = {"fitted": sureness.stated(), **judge_names(fields)}
    write_sureness(args.weights, sureness)
    args.report.parent.mkdir(parents=True, exist_ok=True)
    args.report.write_text(json.dumps(report, indent=2) + "\n")
    draw_reliability(args.report.with_suffix(".png"), report)
    print(json.dumps(report, indent=2))
    return 0


def _calibrate(args: argparse.Namespace) -> int:
    from inference.training.calibrate import calibrate, chains, save_chains, write_certainty
    from inference.weights import find_weights

    found = chains(args.data, args.scenes, find_weights(args.weights), set(args.hold_out), _say)
    args.report.parent.mkdir(parents=True, exist_ok=True)
    save_chains(args.report.with_suffix(".chains.json"), found)
    both, report = calibrate(found)
    write_certainty(args.weights, *both)
    args.report.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))
    return 0


def _benchmark(args: argparse.Namespace) -> int:
    from inference.benchmark import as_json, benchmark, find_cases, markdown
    from inference.engine import SpineEngine
    from inference.weights import find_weights

    if not find_cases(args.data):
        raise ValueError(f"{args.data}: none of the CTs of the benchmark is there")
    engine = SpineEngine(find_weights(args.weights) if args.weights else None)
    tests = not args.without_tests
    rows = benchmark(args.data, engine, args.out, with_tests=tests, say=_say, only=args.only)
    before = json.loads(args.before.read_text()) if args.before else None
    text = markdown(rows, before)
    (args.out / "benchmark.json").write_text(json.dumps(as_json(rows, engine.version), indent=2) + "\n")
    (args.out / "benchmark.md").write_text(text)
    print(text)
    return 0


def _tilted(args: argparse.Namespace) -> int:
    from inference.engine import SpineEngine
    from inference.tilted import measure_tilted, tilted_table
    from inference.weights import find_weights

    engine = SpineEngine(find_weights(args.weights) if args.weights else None)
    print(tilted_table(measure_tilted(engine, _say, args.only, find=args.find)))
    return 0


def _slabs(args: argparse.Namespace) -> int:
    from inference.slabs import measure_slabs, slabs_table
    from inference.weights import find_weights

    weights = find_weights(args.weights) if args.weights else find_weights()
    rows = measure_slabs(args.data, weights, args.places, _say, args.only)
    if not rows:
        raise ValueError(f"{args.data}: none of the CTs of the benchmark is there")
    if args.report:
        args.report.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    print(slabs_table(rows))
    return 0


def _clicks(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from inference.clicking import measure_clicks, table

    unseen = {name: Path(folder) for name, folder in args.weights}
    curves = measure_clicks(args.data, unseen, _say)
    if not curves:
        raise ValueError(f"{args.data}: none of {', '.join(unseen)} is there with a mask to be reached")
    args.report.parent.mkdir(parents=True, exist_ok=True)
    args.report.write_text(json.dumps([asdict(curve) for curve in curves], indent=1) + "\n")
    print(table(curves))
    return 0


def _show(results: list[dict[str, Any]], report: Path | None) -> int:
    from inference.evaluation import table

    if report:
        report.write_text(json.dumps(results, indent=2) + "\n")
    print(table(results))
    for result in results:
        print(f"{result['case']}: {result['naming']['statement']}")
    return 0


def build_parser() -> argparse.ArgumentParser:
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
    scenes.add_argument("--kind", choices=("patch", "wide", "steep", "shapes"), required=True)
    scenes.add_argument(
        "--masks",
        type=Path,
        nargs="+",
        default=[],
        metavar="MASK",
        help="for the kind 'shapes': outlined spines to paint; one named twice is painted twice as often",
    )
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
    train.add_argument("--average", type=float, default=0.995, help="how slowly the averaged weights follow")
    train.add_argument("--shape-share", type=float, default=0.0, help="of scenes of the kind 'shapes'")
    train.add_argument("--start-from", type=Path, help="a checkpoint or a folder of weights to start from")
    train.add_argument("--case", nargs=2, action="append", metavar=("CT", "MASK"), help="a CT to mix in")
    train.add_argument("--case-share", type=float, default=0.5)
    train.add_argument("--without-spine", type=Path, nargs="+", metavar="CT", help="CTs without a vertebra")
    train.add_argument("--without-share", type=float, default=0.25)
    train.add_argument(
        "--self-labelled", type=Path, nargs="+", metavar="CT", help="CTs that the first weights label"
    )
    train.add_argument("--self-share", type=float, default=0.25)

    slabby = command(
        "train-slabs",
        _train_slabs,
        "Teach the localising network slabs and steep spines, beside what it knows.",
    )
    slabby.add_argument("--scenes", type=Path, required=True, help="scenes of the kinds 'wide' and 'steep'")
    slabby.add_argument("--checkpoint", type=Path, required=True)
    slabby.add_argument("--start-from", type=Path, required=True, help="the folder of weights to keep to")
    slabby.add_argument("--case", nargs=2, action="append", metavar=("CT", "MASK"), help="a CT with a spine")
    slabby.add_argument("--without-spine", type=Path, nargs="*", default=[], metavar="CT")
    slabby.add_argument("--steps", type=int, default=3600)
    slabby.add_argument("--seed", type=int, default=14)
    slabby.add_argument("--learning-rate", type=float, default=1e-3)

    own = command(
        "self-train",
        _self_train,
        "Retrain on labelled CTs, then again with the CTs that the new weights label reliably.",
    )
    own.add_argument("directory", type=Path, help="for checkpoints, the report and the new weights")
    own.add_argument("--case", nargs=2, action="append", required=True, metavar=("CT", "MASK"))
    own.add_argument("--held-out", nargs=2, action="append", metavar=("CT", "MASK"), help="to measure on")
    own.add_argument("--unlabelled", type=Path, nargs="+", default=[], metavar="CT")
    own.add_argument("--weights", type=Path, help="a folder to start from; without it those that ship")
    own.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    own.add_argument("--steps", type=int, default=400, help="of each network in each round")
    own.add_argument("--learning-rate", type=float, default=3e-4)
    own.add_argument("--synthetic-share", type=float, default=0.3)
    own.add_argument("--seed", type=int, default=1)
    own.add_argument("--device", default="cpu")
    own.add_argument("--threads", type=int, default=1)
    own.add_argument("--version", required=True)

    export = command("export", _export, "Write checkpoints as the weights that ship.")
    export.add_argument("directory", type=Path)
    for network in ("localise", "label", "segment"):
        export.add_argument(f"--{network}", type=Path, help="a checkpoint; without it as in --base")
    export.add_argument("--base", type=Path, help="the folder that other networks are copied from")
    export.add_argument("--version", required=True)
    export.add_argument("--lift", type=float, default=0.0, help="what is added to the logits of the masks")
    export.add_argument("--about", type=Path, help="JSON with what the manifest should say of them")

    evaluate = command("evaluate", _evaluate, "Run the engine on labelled CTs and compare.")
    evaluate.add_argument("--case", nargs=2, action="append", required=True, metavar=("CT", "MASK"))
    evaluate.add_argument("--report", type=Path)
    evaluate.add_argument("--weights", type=Path, help="a folder with other weights than those that ship")

    calibrate = command("calibrate", _calibrate, "Fit how sure the engine is of what it found.")
    calibrate.add_argument("weights", type=Path, help="the folder of weights that are to be calibrated")
    calibrate.add_argument("--data", type=Path, default=Path("../shared/data"))
    calibrate.add_argument("--scenes", type=Path, required=True, help="wide scenes, none of the training's")
    calibrate.add_argument("--hold-out", nargs="*", default=[], metavar="CASE", help="cases to measure only")
    calibrate.add_argument("--report", type=Path, default=Path("build/calibration.json"))

    names = command("calibrate-names", _calibrate_names, "Fit how sure the engine is of the names.")
    names.add_argument("weights", type=Path, help="the folder of weights that are to be calibrated")
    names.add_argument("--data", type=Path, default=Path("../shared/data"))
    names.add_argument("--kept", type=Path, default=Path("build/readings"), help="what was read stays here")
    names.add_argument("--fields", type=int, default=96, metavar="N", help="synthetic fields of view")
    names.add_argument("--report", type=Path, default=Path("build/names.json"))

    bench = command("benchmark", _benchmark, "Measure the engine on all real CTs at hand, in one table.")
    bench.add_argument("--data", type=Path, default=Path("../shared/data"))
    bench.add_argument("--out", type=Path, default=Path("build/benchmark"))
    bench.add_argument("--weights", type=Path, help="a folder with other weights than those that ship")
    bench.add_argument("--only", nargs="+", default=[], metavar="CASE", help="beginnings of names")
    bench.add_argument("--before", type=Path, help="the table (JSON) of an earlier version to compare with")
    bench.add_argument(
        "--without-tests",
        action="store_true",
        help="leave out the cases that are for testing alone: for all work on the engine",
    )

    tilted = command("tilted", _tilted, "Measure the segmentation on synthetic spines that are bent.")
    tilted.add_argument("--weights", type=Path, help="a folder with other weights than those that ship")
    tilted.add_argument("--find", action="store_true", help="give no centres: what is not found counts, too")
    tilted.add_argument("--only", nargs="+", default=[], metavar="SPINE", help="beginnings of names")

    slabs = command("slabs", _slabs, "Measure what is found in slabs 40 mm high that are cut from real CTs.")
    slabs.add_argument("--data", type=Path, default=Path("../shared/data"))
    slabs.add_argument("--weights", type=Path, help="a folder with other weights than those that ship")
    slabs.add_argument("--places", type=Path, default=Path("docs/model-card/places.json"))
    slabs.add_argument("--only", nargs="+", default=[], metavar="CASE", help="beginnings of names")
    slabs.add_argument("--report", type=Path)

    clicks = command("clicks", _clicks, "Measure how far an ideal rater's clicks bring a mask of Dice 0.90.")
    clicks.add_argument("--data", type=Path, default=Path("../shared/data"))
    clicks.add_argument(
        "--weights",
        nargs=2,
        action="append",
        required=True,
        metavar=("CASE", "FOLDER"),
        help="a CT of the benchmark and weights that have not seen it",
    )
    clicks.add_argument("--report", type=Path, default=Path("build/clicks.json"))

    loo = command(
        "leave-one-out",
        _leave_one_out,
        "Measure each labelled CT with weights tuned on the others; tune on all.",
    )
    loo.add_argument("directory", type=Path, help="for checkpoints, results and weights")
    loo.add_argument("--cases", type=Path, required=True, help="JSON list of name, ct and mask to train on")
    loo.add_argument("--test-only", type=Path, help="the same, of cases that nothing is trained on")
    loo.add_argument("--scenes", type=Path, required=True)
    loo.add_argument("--segment", type=Path, required=True, help="checkpoint or weights to start from")
    loo.add_argument("--base", type=Path, required=True, help="weights with the other two networks")
    loo.add_argument("--case-share", type=float, default=0.5)
    loo.add_argument("--shape-share", type=float, default=0.0, help="of scenes of the kind 'shapes'")
    loo.add_argument("--average", type=float, default=0.98)
    loo.add_argument("--lift", type=float, default=0.0, help="what is added to the logits of the masks")
    loo.add_argument("--steps", type=int, default=540)
    loo.add_argument("--seed", type=int, default=1)
    loo.add_argument("--learning-rate", type=float, default=1e-3)
    loo.add_argument("--version", required=True)
    loo.add_argument("--about", type=Path, help="JSON with what the manifest should say of the weights")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command: 0 on success, 2 with one line on standard error for what cannot be used."""
    args = build_parser().parse_args(arguments)
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
