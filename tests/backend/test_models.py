"""The model registry: trained on accepted cases, compared, promoted, rolled back, named by every mask."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.audit.models import Record
from backend.common.errors import Invalid
from backend.common.models import Job, JobState
from backend.common.storage import read_blob
from backend.common.tasks import request_cancel
from backend.masks.services import add_version
from backend.pipeline.models import ModelComparison, ModelState, ModelVersion, Training
from backend.pipeline.registry import training_cases
from backend.pipeline.registry.model_folders import ModelDamaged, model_folder
from backend.pipeline.registry.selectors import current_model
from backend.pipeline.registry.services import comparing, models, trainings
from backend.pipeline.registry.services.trainings import TrainingDraft
from backend.pipeline.registry.training_cases import SourceChoice, TrainingCase, UndrawnCase
from backend.pipeline.runs.services.runs import start_run
from backend.projects.models import Project
from backend.science.training_api import FineTuning, TrainingPoint
from tests.backend import factories, small_trainer
from tests.backend.test_pipeline import ThreeStages
from tests.inference.onnx_by_hand import convolution

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.replays]
AsUser = Callable[[User | None], APIClient]


class WithWeights(ThreeStages):
    """An engine that says which weights it was made with."""

    corrects = True

    def __init__(self, folder: Path | None = None) -> None:
        self.version = "shipped" if folder is None else str(small_trainer.skill_of(folder))


@pytest.fixture(autouse=True)
def site(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VERTEBASE_ENGINES = {
        "builtin": f"{__name__}.WithWeights",
        "imported": "backend.pipeline.engines.built_in.ImportedMaskEngine",
        "empty": "backend.pipeline.engines.built_in.EmptyMaskEngine",
    }
    settings.VERTEBASE_MODEL_LOADERS = settings.VERTEBASE_MODEL_LOADERS | {"torch": f"{__name__}.WithWeights"}
    settings.VERTEBASE_TRAINER = "tests.backend.small_trainer"
    monkeypatch.setattr(training_cases, "_sources", {})
    monkeypatch.setattr(training_cases, "_undrawn", [])
    monkeypatch.setattr(training_cases, "_barred", [])
    training_cases.register_training_source("accepted", accepted, choices)


_accepted: dict[str, list[TrainingCase]] = {}


def accepted(project: Project, reference: str) -> list[TrainingCase]:
    return _accepted.get(project.slug, [])


def choices(project: Project) -> list[SourceChoice]:
    return [SourceChoice("accepted", "", "All accepted cases", len(accepted(project, "")))]


def accept_cases(project: Project, count: int) -> list[TrainingCase]:
    """Patients with a mask each, as the annotation app would offer them."""
    made = []
    for _ in range(count):
        volume = factories.make_volume(project)
        mask = add_version(volume=volume, mask=factories.block_mask(), source="review")
        made.append(TrainingCase(volume.pk, volume.series.patient.pseudonym, volume.pk, mask.pk))
    _accepted.setdefault(project.slug, []).extend(made)
    return made


@pytest.fixture
def project() -> Project:
    _accepted.clear()
    made = factories.make_project()
    accept_cases(made, 6)
    return made


def train(project: Project, name: str = "second") -> Training:
    draft = TrainingDraft(name, steps=5)
    made = trainings.start_training(actor=project.created_by, project=project, draft=draft)
    return Training.objects.select_related("result", "job").get(pk=made.pk)


def trained(project: Project, name: str = "second") -> ModelVersion:
    model = train(project, name).result
    assert model is not None
    return model


def test_a_training_makes_a_candidate_that_says_what_it_is_from(project: Project) -> None:
    training = train(project)
    model = training.result
    assert training.state == JobState.SUCCEEDED
    assert model is not None
    assert (model.state, model.number, model.name, model.parent) == (ModelState.CANDIDATE, 1, "second", None)
    sets = model.training_set
    patients = [{case["patient"] for case in sets[part]} for part in ("train", "validation")]
    assert patients[0]
    assert patients[1]
    assert not patients[0] & patients[1]
    assert [point["step"] for point in training.curve][-1] == 5
    assert Record.objects.filter(verb__in=("training.started", "model.added")).count() == 2
    folder = model_folder(model)
    assert folder is not None
    assert small_trainer.skill_of(folder) == pytest.approx(0.8)


def test_the_split_is_by_patient_and_stays_the_same(project: Project) -> None:
    cases = accepted(project, "")
    twice = [*cases, *(TrainingCase(c.mask_id, c.patient, c.volume_id, c.mask_id) for c in cases)]
    train_set, validation = training_cases.split(project, twice)
    assert {c.patient for c in train_set}.isdisjoint({c.patient for c in validation})
    assert len(train_set) + len(validation) == 12
    again = training_cases.split(project, reversed(twice))
    assert {c.patient for c in again[1]} == {c.patient for c in validation}
    assert training_cases.split(project, cases[:1]) == (cases[:1], [])


def test_a_comparison_leaves_out_what_either_was_trained_on(project: Project) -> None:
    model = trained(project)
    comparison = ModelComparison.objects.get(candidate=model)  # made by itself at the training's end
    seen = {case["patient"] for case in model.training_set["train"]}
    assert comparison.state == JobState.SUCCEEDED
    assert {case["patient"] for case in comparison.cases}.isdisjoint(seen)
    assert comparison.summary["candidate"] == pytest.approx(0.8)
    assert comparison.summary["against"] == pytest.approx(0.7)
    assert (comparison.summary["worse"], comparison.summary["vertebrae"]) == (0, len(comparison.rows))
    new = accept_cases(project, 1)[0]
    later = comparing.compare(actor=project.created_by, model=model)
    assert later.cases[-1]["patient"] == new.patient
    assert {case["held_out"] for case in later.cases} == {"validation", "new"}


def test_promotion_needs_a_comparison_with_the_current_model(project: Project) -> None:
    first, second = trained(project, "one"), trained(project, "two")
    manager = project.created_by
    ModelComparison.objects.filter(candidate=first).delete()
    with pytest.raises(models.NotCompared):
        models.promote(actor=manager, model=first)
    comparing.compare(actor=manager, model=first)
    models.promote(actor=manager, model=first)
    with pytest.raises(models.NotCompared):  # it was compared with what was current before
        models.promote(actor=manager, model=second)
    comparing.compare(actor=manager, model=second)
    models.promote(actor=manager, model=second)
    first.refresh_from_db()
    assert (first.state, current_model(project)) == (ModelState.RETIRED, second)


def test_rolling_back_goes_one_step_at_a_time_to_what_ships(project: Project) -> None:
    manager = project.created_by
    first = trained(project, "one")
    models.promote(actor=manager, model=first)
    second = trained(project, "two")
    assert second.parent == first
    models.promote(actor=manager, model=second)
    assert models.roll_back(actor=manager, project=project) == first
    assert current_model(project) == first
    assert models.roll_back(actor=manager, project=project) is None
    assert current_model(project) is None
    with pytest.raises(models.NothingToRollBack):
        models.roll_back(actor=manager, project=project)
    assert Record.objects.filter(verb="model.rolled_back").count() == 2


def test_models_promoted_in_turn_still_roll_back_to_what_ships(project: Project) -> None:
    manager = project.created_by
    first = trained(project, "one")
    models.promote(actor=manager, model=first)
    second = trained(project, "two")
    models.promote(actor=manager, model=second)
    comparing.compare(actor=manager, model=first)
    models.promote(actor=manager, model=first)
    assert models.roll_back(actor=manager, project=project) == second
    assert models.roll_back(actor=manager, project=project) is None


def test_every_mask_names_the_model_that_made_it(project: Project) -> None:
    before = start_run(volume=factories.make_volume(project))
    model = trained(project)
    models.promote(actor=project.created_by, model=model)
    after = start_run(volume=factories.make_volume(project))
    before.refresh_from_db()
    after.refresh_from_db()
    assert before.result is not None
    assert after.result is not None
    assert before.result.provenance["model"] == {
        "name": "shipped",
        "number": None,
        "id": None,
        "digest": None,
    }
    assert after.result.provenance["model"]["digest"] == model.digest
    assert (after.engine_version, after.model) == ("0.7999999999999999", model)


def test_a_model_whose_file_was_changed_is_not_loaded(project: Project) -> None:
    model = trained(project)
    folder = model_folder(model)
    assert folder is not None
    (folder / "segment.safetensors").write_bytes(b"something else")
    with pytest.raises(ModelDamaged):
        model_folder(model)
    assert model_folder(model) == folder  # made anew from what is stored
    model.files.filter(name="manifest.json").delete()
    with pytest.raises(ModelDamaged):
        model_folder(model)


def test_a_training_that_is_stopped_leaves_no_model(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*words: Any) -> dict[str, Any]:
        request_cancel(job_id=Job.objects.get(kind=trainings.TRAIN).pk)
        return real(*words)

    real = small_trainer.fine_tune
    monkeypatch.setattr(small_trainer, "fine_tune", stop)
    training = train(project)
    assert (training.state, training.result, ModelVersion.objects.count()) == (JobState.CANCELLED, None, 0)
    assert not trainings.training_folder(training.pk).exists()


def test_a_training_that_is_ended_early_makes_a_model_of_what_it_has_learned(
    project: Project, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_user(project.created_by)

    def end(asked: Any, tell: Any, cancelled: Any, enough: Any) -> dict[str, Any]:
        answer = client.post(f"/api/v1/trainings/{asked.about['training']}/end")
        assert (answer.status_code, answer.data["ending_early"]) == (200, True)
        return real(asked, tell, cancelled, enough)

    real = small_trainer.fine_tune
    monkeypatch.setattr(small_trainer, "fine_tune", end)
    training = train(project)
    assert training.result is not None
    assert (training.state, training.result.metrics["steps"]) == (JobState.SUCCEEDED, 1)
    again = client.post(f"/api/v1/trainings/{training.pk}/end")
    assert (again.status_code, again.data["code"]) == (409, "not_training")


def test_a_training_that_breaks_says_why_and_the_next_may_start(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*words: Any) -> dict[str, Any]:
        raise MemoryError("no memory left")

    monkeypatch.setattr(small_trainer, "fine_tune", broken)
    training = train(project)
    assert (training.state, training.error) == (JobState.FAILED, "MemoryError: no memory left")
    monkeypatch.undo()


def test_one_training_at_a_time(project: Project) -> None:
    job = Job.objects.create(kind=trainings.TRAIN)
    Training.objects.create(project=factories.make_project(), job=job, name="other")
    with pytest.raises(trainings.TrainingOpen):
        train(project)


def draft(**more: Any) -> TrainingDraft:
    return TrainingDraft("next", steps=2, **more)


def test_what_should_learn_and_where_is_handed_to_the_trainer(
    project: Project, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.VERTEBASE_DEVICES = ["cuda:0"]
    asked: list[FineTuning] = []

    def watch(fine_tuning: FineTuning, *words: Any) -> dict[str, Any]:
        asked.append(fine_tuning)
        return real(fine_tuning, *words)

    real = small_trainer.fine_tune
    monkeypatch.setattr(small_trainer, "fine_tune", watch)
    for more in ({"networks": ("segment", "localise")}, {"processor_only": True}):
        trainings.start_training(actor=project.created_by, project=project, draft=draft(**more))
    assert [one.networks for one in asked] == [("localise", "segment"), ("segment",)]
    assert [one.device for one in asked] == ["cuda:0", "cpu"]
    assert [one.unlabelled for one in asked] == [(), ()]
    told = Record.objects.filter(verb="training.started").order_by("pk").first()
    assert told is not None
    assert told.detail["networks"] == ["segment", "localise"]
    for networks in ((), ("heart",)):
        with pytest.raises(Invalid, match="finding, naming, borders"):
            trainings.start_training(
                actor=project.created_by, project=project, draft=draft(networks=networks)
            )


def test_a_training_that_does_no_better_says_so_and_makes_no_model(
    project: Project, as_user: AsUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_better(asked: FineTuning, *words: Any) -> dict[str, Any]:
        figures = {"score": 0.5, "found": 4, "missed": 1, "invented": 0, "right": 4}
        row = {"network": "localise", "better": False, "reason": "It does worse.", "steps": 2}
        case = {"case": "of-whom", "vertebrae": 5, "agreement": 0.97}
        return {
            "better": [],
            "networks": [row | {"before": figures, "after": figures}],
            "self_training": {"cases": 1, "learnt_from": [case], "left_out": []},
        }

    monkeypatch.setattr(small_trainer, "fine_tune", no_better)
    client = as_user(project.created_by)
    made = client.post(
        f"/api/v1/projects/{project.slug}/trainings",
        {"name": "new", "steps": 2, "networks": ["localise"]},
        format="json",
    )
    assert (made.status_code, made.data["state"], made.data["result"]) == (201, "succeeded", None)
    told = json.loads(made.content)
    assert told["outcome"]["networks"][0]["after"]["found"] == 4
    assert told["outcome"]["self_training"]["learnt_from"] == [{"vertebrae": 5, "agreement": 0.97}]
    assert "of-whom" not in made.content.decode()  # which cases nobody has drawn is not told
    assert (told["training_patients"], told["validation_patients"]) != (0, 0)
    assert not ModelVersion.objects.exists()


def test_the_curves_of_networks_and_rounds_are_kept_apart(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def two(asked: FineTuning, tell: Any, *words: Any) -> dict[str, Any]:
        for network, turn, step in (("localise", 1, 1), ("localise", 1, 2), ("label", 1, 1), ("label", 2, 1)):
            tell(TrainingPoint(step, 2, loss=1.0, network=network, round=turn, part=0.5))
        tell(TrainingPoint(1, 2, loss=0.5, network="localise", round=1, part=0.5))  # a worker was lost
        return {"better": []}

    monkeypatch.setattr(small_trainer, "fine_tune", two)
    made = trainings.start_training(actor=project.created_by, project=project, draft=draft())
    made.refresh_from_db()
    lines = [(p["network"], p["round"], p["step"], p["loss"]) for p in made.curve]
    assert lines == [("label", 1, 1, 1.0), ("label", 2, 1, 1.0), ("localise", 1, 1, 0.5)]


def undrawn_of(project: Project, patients: Sequence[str]) -> list[UndrawnCase]:
    volume = factories.make_volume(project)
    return [UndrawnCase(uuid4(), patient, volume.pk) for patient in patients]


def test_undrawn_cases_are_learnt_from_where_that_is_asked_for_and_never_of_those_apart(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    everyone = [f"P{n}" for n in range(60)]
    offered = undrawn_of(project, everyone)
    held = [c.patient for c in training_cases.split(project, accepted(project, ""))[1]]
    offered += undrawn_of(project, held)
    monkeypatch.setattr(training_cases, "_undrawn", [lambda _: offered])
    monkeypatch.setattr(training_cases, "_barred", [lambda _: {"P1", "P2"}, lambda _: {"P3"}])
    taken = training_cases.undrawn_cases(project, apart=held)
    names = {case.patient for case in taken}
    later = {p for p in everyone if training_cases._place(project, p) < training_cases.VALIDATION_SHARE}
    assert later  # of sixty some would be of the validation set once their cases are accepted
    assert names == set(everyone) - later - {"P1", "P2", "P3"}
    asked: list[FineTuning] = []

    def watch(fine_tuning: FineTuning, *words: Any) -> dict[str, Any]:
        asked.append(fine_tuning)
        return real(fine_tuning, *words)

    real = small_trainer.fine_tune
    monkeypatch.setattr(small_trainer, "fine_tune", watch)
    made = trainings.start_training(actor=project.created_by, project=project, draft=draft(undrawn=True))
    made.refresh_from_db()
    assert {one.key for one in asked[0].unlabelled} == {str(case.case_id) for case in taken}
    assert made.result is not None
    # Whoever was learnt from is no judge of the model, drawn or not.
    assert names <= comparing.trained_on(made.result)


def test_without_accepted_cases_there_is_nothing_to_train_on() -> None:
    with pytest.raises(trainings.NothingToTrainOn):
        train(factories.make_project())


ABOUT = {"spacing_mm": [1, 1, 2], "patch": [8, 8, 8], "labels": {"1": "L1"}, "mean_hu": 200, "version": "x"}


def test_the_registry_over_rest_in_a_constant_number_of_queries(project: Project, as_user: AsUser) -> None:
    client = as_user(project.created_by)

    def look() -> tuple[int, Any]:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(f"/api/v1/projects/{project.slug}/models")
        assert answer.status_code == 200
        return len(queries), answer.data

    trained(project)
    few, data = look()
    assert (data["shipped_version"], data["current"], len(data["models"])) == ("shipped", None, 1)
    assert data["models"][0]["comparable"] is True
    assert data["sources"][0]["cases"] == 6
    for name in ("a", "b", "c"):
        trained(project, name)
    many, data = look()
    assert (many, len(data["models"])) == (few, 4)


def test_train_promote_and_roll_back_over_rest(project: Project, as_user: AsUser) -> None:
    client = as_user(project.created_by)
    address = f"/api/v1/projects/{project.slug}"
    made = client.post(f"{address}/trainings", {"name": "new", "steps": 3}, format="json")
    assert (made.status_code, made.data["state"]) == (201, "succeeded")
    assert client.get(f"/api/v1/trainings/{made.data['id']}").data["curve"][-1]["step"] == 3
    model = client.get(f"{address}/models").data["models"][0]
    promoted = client.post(f"/api/v1/models/{model['id']}/promote")
    assert (promoted.status_code, str(promoted.data["current"])) == (200, model["id"])
    back = client.post(f"{address}/models/roll-back")
    assert (back.status_code, back.data["current"]) == (200, None)
    assert client.post(f"{address}/trainings", {"name": "x", "steps": 0}, format="json").status_code == 400


def onnx(client: APIClient, project: Project, data: bytes, about: Any = None) -> Any:
    body = {
        "name": "bones",
        "file": SimpleUploadedFile("m.onnx", data),
        "about": json.dumps(about or ABOUT),
    }
    return client.post(f"/api/v1/projects/{project.slug}/models/onnx", body, format="multipart")


def test_an_onnx_network_is_registered_compared_and_run(project: Project, as_user: AsUser) -> None:
    client = as_user(project.created_by)
    data = convolution([-1.0, 1.0], [0.0, 0.0])
    answer = onnx(client, project, data)
    assert answer.status_code == 201, answer.data
    model = ModelVersion.objects.get()
    assert (model.framework, read_blob(model.files.get(name="model.onnx").blob)) == ("onnx", data)
    ModelVersion.objects.update(state=ModelState.CURRENT)
    run = start_run(volume=factories.make_volume(project))
    run.refresh_from_db()
    assert (run.state, run.engine, run.error) == ("succeeded", "onnx", "")
    assert run.result is not None
    assert set(run.result.label_voxels) == {"20"}


@pytest.mark.parametrize(
    ("data", "about", "reason"),
    [
        (b"no network", ABOUT, "cannot open the model"),
        (convolution([1.0], [0.0]), {"patch": [8, 8, 8]}, "spacing_mm"),
    ],
)
def test_an_onnx_file_that_does_not_work_is_not_registered(
    project: Project, as_user: AsUser, data: bytes, about: Any, reason: str
) -> None:
    answer = onnx(as_user(project.created_by), project, data, about)
    assert (answer.status_code, answer.data["code"]) == (400, "model_unusable")
    assert reason in answer.data["message"]
    assert not ModelVersion.objects.exists()
