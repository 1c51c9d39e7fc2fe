"""What to do about a file that was refused, for whoever sent it.

The reason says what was found in the file; this says what would help. By the codes of `BadInput` that reading
an upload can raise, and those of the project that takes it in.
"""

from __future__ import annotations

_AGAIN = "Send the file again; if it is refused again, export it anew from where it came."
_EXPORT_SERIES = "Export the series again with all of its slices, as single CT images."
_NO_NEED = "Nothing is lost: it can be deleted here."
_OWN_FOLDER = "Put the mask and its CT into one folder, or give both the same name, and send them together."
_ORIGINAL = "Send the original CT in Hounsfield units, not a picture or a processed copy of it."
_RESCALE = "Export the series again from the scanner or archive, with the rescale values of every slice."
_NIFTI = "Convert the series again, for instance with dcm2niix, and send that."
_RESEND_ZIP = "Pack the archive again, without a password, and send it; or send its folder."

ADVICE: dict[str, str] = {
    "ambiguous_centroids": "Give the centroid file the name of its CT and send both together.",
    "ambiguous_mask": _OWN_FOLDER,
    "bad_centroids": "Send a VerSe centroid file: a JSON list that begins with the direction.",
    "bad_dicom": _AGAIN,
    "bad_mask_type": "Save the mask with whole numbers, VerSe's labels, and send it with its CT.",
    "bad_label_table": "Export the table again from 3D Slicer or ITK-SNAP, beside its mask.",
    "bad_participants": "Save the table as text with tabs: participant_id, sex, age.",
    "bad_pixels": "Export the series again without compression; if it is refused again, from its scanner.",
    "bad_rescale": _RESCALE,
    "bad_shape": "Send a volume of three axes; a single picture cannot be used.",
    "bad_voxel_type": _NIFTI,
    "bad_zip": _RESEND_ZIP,
    "burned_in_text": "The text may name the patient. Send a series without it.",
    "centroid_frame": "Add the direction as the first element, as VerSe's files have it.",
    "centroids_outside": "See whether the centroids belong to this CT and to this axis order.",
    "dicom_seg": "Convert it to a NIfTI mask on the grid of its CT, and send the two together.",
    "disk_full": "Ask whoever runs this site for space, then send it again.",
    "duplicate_series": _NO_NEED,
    "empty_file": _AGAIN,
    "empty_zip": _RESEND_ZIP,
    "encrypted": _RESEND_ZIP,
    "four_dimensions": "Send each phase or time point as a volume of its own.",
    "gantry_tilt": "Have the scanner's workstation reformat it upright, or leave it out.",
    "implausible_spacing": _NIFTI,
    "missing_slices": _EXPORT_SERIES,
    "mixed_series": "Export each series by itself: a folder alone does not part what shares one series UID.",
    "multi_frame": "Have the archive export it as single slices (classic CT images).",
    "nested_zip": "Unpack the inner archive and send its files.",
    "no_ct": "Send it together with its CT.",
    "no_geometry": _EXPORT_SERIES,
    "no_levels": "Give each vertebra a number of its own, then send the mask with its CT.",
    "no_mask": "Put the table beside its mask, and name the segments by level, such as L1.",
    "no_orientation": _NIFTI,
    "not_a_scan": _NO_NEED,
    "not_a_vertebra": _NO_NEED,
    "not_an_image": _NO_NEED,
    "not_centroids": _NO_NEED,
    "of_raters": _NO_NEED,
    "not_ct": _ORIGINAL,
    "not_finite": "Replace what is not a number by the value of air, or convert the series again.",
    "not_found": _AGAIN,
    "not_hounsfield": _ORIGINAL,
    "not_integral": "Save the mask with whole numbers; resample masks by nearest neighbour only.",
    "not_nifti": _NIFTI,
    "numbering_unconfirmed": "Say what the numbers of the mask mean; VerSe's need no question.",
    "out_of_memory": "Crop the volume to the spine, or ask whoever runs this site for more memory.",
    "other_grid": "Resample the mask to the grid of its CT (nearest neighbour) and send both together.",
    "rescale_missing": _RESCALE,
    "scattered_series": "Export the series from the archive again, so that its slices share one series UID.",
    "second_centroids": "Keep the file that is right and send it with the CT.",
    "second_mask": "Keep the mask that is right and send it with the CT.",
    "sheared": "Resample it to a grid with axes at right angles, and its mask with it (nearest neighbour).",
    "singular_affine": _NIFTI,
    "too_few_slices": _EXPORT_SERIES,
    "too_large": "Crop the volume to the spine, or export it anew if it is not as large as its header says.",
    "truncated": _AGAIN,
    "uneven_spacing": "Take out the slice named if it is not of this series, or export the series again.",
    "unknown_numbering": "Choose one of the numberings that are listed, or name each number's level.",
    "unknown_labels": "Rename the labels to VerSe's numbers (C1 is 1, T1 8, L1 20, T13 28), then send it.",
    "unreadable": _AGAIN,
    "unsupported_file": "Send DICOM, NIfTI or a zip of them. " + _NO_NEED,
    "zip_too_large": "Send the folder itself, or several smaller archives.",
}


def advice_on(code: str) -> str:
    """What to do about a refusal; empty where the reason says it all."""
    return ADVICE.get(code, "")
