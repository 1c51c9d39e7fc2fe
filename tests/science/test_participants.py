from __future__ import annotations

from pathlib import Path

import pytest

from backend.science.errors import BadInput
from backend.science.formats.participants import Participant, read_participants
from tests.science.ingesting import codes, ingested, only, write_nifti


def _table(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_a_table_is_read_as_bids_writes_it(tmp_path: Path) -> None:
    text = (
        "\ufeffparticipant_id\thandedness\tsex\tage\n"
        "sub-A1\tright\tF\t71\n"
        "sub-b2\tn/a\tmale\t93\n"
        "c3\tleft\tn/a\tn/a\n"
        "sub-d4\tn/a\tO\t64.9\n"
    )
    assert read_participants(_table(tmp_path / "participants.tsv", text)) == {
        "a1": Participant("F", 71),
        "b2": Participant("M", 90),  # one group from 90 on
        "c3": Participant("", None),
        "d4": Participant("O", 64),
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id,sex\nsub-1,F\n", "no column participant_id"),
        ("", "no column participant_id"),
        ("participant_id\tage\nsub-1\told\n", "row 2 .* age"),
        ("participant_id\tage\nsub-1\t-3\n", "row 2 .* age"),
        ("participant_id\nsub-1\nSUB-1\n", "row 3 .* second time"),
        ("participant_id\tsex\n\tF\n", "row 2 .* nobody"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused_with_its_row(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason) as caught:
        read_participants(_table(tmp_path / "participants.tsv", text))
    assert caught.value.code == "bad_participants"


def test_a_nifti_ct_gets_sex_and_age_from_the_nearest_table(tmp_path: Path) -> None:
    _table(tmp_path / "participants.tsv", "participant_id\tsex\tage\nsub-01\tM\t50\n")
    _table(tmp_path / "site" / "participants.tsv", "participant_id\tsex\tage\nsub-01\tF\t70\n")
    write_nifti(tmp_path / "site" / "sub-01" / "sub-01_ct.nii.gz")
    result = ingested(tmp_path)
    (series,) = result.series
    assert (series.sex, series.age_years) == ("F", 70)
    assert "sub-01" not in str(series.facts)
    # nobody else is in the outer table, and that is told
    assert [refused.name for refused in result.refused] == ["participants.tsv"]
    assert codes(result) == {"no_ct"}


def test_a_broken_table_keeps_no_ct_out(tmp_path: Path) -> None:
    _table(tmp_path / "participants.tsv", "nonsense")
    write_nifti(tmp_path / "sub-01_ct.nii.gz")
    result = ingested(tmp_path)
    assert codes(result) == {"bad_participants"}
    assert (result.series[0].sex, result.series[0].age_years) == ("", None)


def test_a_ct_without_a_row_or_a_subject_stays_unknown(tmp_path: Path) -> None:
    _table(tmp_path / "participants.tsv", "participant_id\tsex\nsub-02\tF\n")
    write_nifti(tmp_path / "sub-02_ct.nii.gz")
    write_nifti(tmp_path / "other.nii.gz")
    assert sorted(series.sex for series in ingested(tmp_path).series) == ["", "F"]


def test_the_table_is_named_after_no_series(tmp_path: Path) -> None:
    _table(tmp_path / "participants.tsv", "participant_id\tsex\nsub-02\tF\n")
    write_nifti(tmp_path / "sub-02_ct.nii.gz")
    series = only(ingested(tmp_path))
    assert [name.rpartition("/")[2] for name in series.source_names] == ["sub-02_ct.nii.gz"]
