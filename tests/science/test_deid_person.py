"""Who a patient is to the project: known hashes, what stands in for a number, ages at their edges."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from backend.science.deid.keys import keyed_hash
from backend.science.deid.person import Identity, age_years, day_of, is_placeholder

SECRET = b"sixteen bytes ok"
VOXELS = "digest of the voxels"
ERIKA = Identity(
    patient_id="4711",
    issuer="Charite",
    name="Mustermann^Erika",
    birth_date="19620417",
    study_uid="1.2.3",
    frame_uid="1.2.9",
)


def _who(**other: str) -> tuple[str, bool]:
    return dataclasses.replace(ERIKA, **other).hashed(SECRET, VOXELS)


# Hashes: a patient hashed years ago must be known again


def test_hashes_are_those_of_openssl() -> None:
    r"""The lengths stand before the parts, as eight bytes, the lowest first.

    printf '\x07\0\0\0\0\0\0\0patient\x07\0\0\0\0\0\0\0m\xc3\xbcller\0\0\0\0\0\0\0\0' |
    openssl dgst -sha256 -binary | openssl dgst -sha256 -hmac 'sixteen bytes ok'
    """
    assert (
        keyed_hash(SECRET, "patient", "müller", "")
        == "08410509f32797e8ad0e1a17f971941a96aba4defe568c0a63491ac6e6bbf990"
    )
    assert (
        keyed_hash(SECRET, "uid", b"1.2.3")
        == "226d48af86fef82e84bf5015bccaab919bf6bff341c33f625f316688182c2646"
    )


def test_a_secret_of_sixteen_bytes_is_enough_and_of_fifteen_is_not() -> None:
    assert keyed_hash(b"x" * 16, "a") != keyed_hash(b"y" * 16, "a")
    with pytest.raises(ValueError, match="at least 16 bytes"):
        keyed_hash(b"x" * 15, "a")


# Which of a header's entries names the patient


def test_the_same_number_is_the_same_patient_whatever_else_is_written() -> None:
    first = _who()
    assert first == (keyed_hash(SECRET, "patient", "4711", "charite"), True)
    same = _who(
        patient_id=" 4711 ", issuer="CHARITE", name="Smith", birth_date="", study_uid="7", frame_uid=""
    )
    assert same == first


def test_the_same_number_of_another_hospital_is_another_patient() -> None:
    assert _who(issuer="elsewhere")[0] != _who()[0]


def test_without_a_number_the_name_and_the_day_of_birth_name_the_patient() -> None:
    first = _who(patient_id="ANON")
    assert first == (keyed_hash(SECRET, "patient-name", "mustermann^erika", "19620417"), True)
    assert _who(patient_id="", name="MUSTERMANN^ERIKA", birth_date=" 19620417", study_uid="7") == first
    assert _who(patient_id="", birth_date="19620418")[0] != first[0]


@pytest.mark.parametrize(
    ("lacking", "purpose", "stated"),
    [
        ({"birth_date": " "}, "study", "1.2.3"),
        ({"name": "ANONYMOUS"}, "study", "1.2.3"),
        ({"name": ""}, "study", "1.2.3"),
        ({"name": "", "study_uid": " "}, "frame", "1.2.9"),
        ({"name": "", "study_uid": " 1.2.3 "}, "study", "1.2.3"),
        ({"name": "", "study_uid": "", "frame_uid": ""}, "voxels", VOXELS),
    ],
)
def test_what_names_no_patient_names_a_study_or_one_volume(
    lacking: dict[str, str], purpose: str, stated: str
) -> None:
    """A name alone, or a day of birth alone, is shared by too many."""
    assert _who(patient_id="000", **lacking) == (keyed_hash(SECRET, purpose, stated), False)


def test_two_patients_whom_an_anonymiser_gave_one_number_are_not_made_one() -> None:
    one, other = (_who(patient_id="ANON", name="", study_uid=uid) for uid in ("1.2.3", "1.2.4"))
    assert one[0] != other[0]


@pytest.mark.parametrize(
    "word",
    ["deidentified", "DE-ID 7", "none", "NULL", "n/a", "na", "Patient", "xxx", "1", "---", "???", "test"],
)
def test_words_of_anonymisers_stand_for_nothing(word: str) -> None:
    assert is_placeholder(word)


@pytest.mark.parametrize("number", ["10", "01", "11", "x1", "Testa", "Patienza", "12-0"])
def test_what_only_looks_like_such_a_word_is_an_identity(number: str) -> None:
    assert not is_placeholder(number)


# Ages


@pytest.mark.parametrize(
    ("age", "years"),
    [
        *[("364D", 0), ("365D", 1), ("729D", 1), ("730D", 2)],
        *[("051W", 0), ("052W", 1), ("103W", 1), ("104W", 2)],
        *[("011M", 0), ("012M", 1), ("023M", 1), ("024M", 2)],
        *[("000Y", 0), ("001Y", 1), ("7Y", 7), (" 065y ", 65)],
        *[("130Y", 90), ("131Y", None), ("0065Y", None), ("65", None), ("065YX", None)],
    ],
)
def test_a_stated_age_is_whole_years(age: str, years: int | None) -> None:
    assert age_years(age, "", "") == years


@pytest.mark.parametrize(
    ("born", "scanned", "years"),
    [
        ("20200601", "20200601", 0),
        ("20200601", "20200531", None),
        ("20190601", "20200531", 0),
        ("20190630", "20200701", 1),
        ("20190701", "20200630", 0),
        ("20190731", "20200801", 1),
        ("1950-06-01", "2020.06.01", 70),
        ("19200601", "20500601", 90),
        ("19200601", "20510601", None),
        ("19500230", "20200601", None),
        ("195006011", "20200601", None),
    ],
)
def test_an_age_from_two_days_counts_the_birthdays(born: str, scanned: str, years: int | None) -> None:
    assert age_years("", born, scanned) == years


def test_a_stated_age_goes_before_the_day_of_birth() -> None:
    assert age_years("065Y", "19500601", "20200601") == 65


# Days


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20200531", date(2020, 5, 31)),
        (" 2020-05-31 ", date(2020, 5, 31)),
        ("2020.05.31", date(2020, 5, 31)),
        ("20201205", date(2020, 12, 5)),
        ("19710101", date(1971, 1, 1)),
        ("19701231", None),  # before the first CT of a patient
        ("19000101", None),
        ("20200230", None),
        ("2020", None),
        ("", None),
    ],
)
def test_a_day_of_a_scan_is_a_day_since_there_is_ct(text: str, day: date | None) -> None:
    assert day_of(text) == day
