import type { Series } from "@/api/types";
import { formatShape, formatSpacing } from "@/state/format";

const FACT_NAMES: Readonly<Record<string, string>> = {
  kvp: "Tube voltage",
  kernel: "Kernel",
  convolution_kernel: "Kernel",
  manufacturer: "Manufacturer",
  model: "Scanner",
  manufacturer_model_name: "Scanner",
  slice_thickness_mm: "Slice thickness",
  contrast: "Contrast",
  body_part: "Body part",
  body_part_examined: "Body part",
  exposure_mas: "Exposure",
  patient_position: "Position",
  gantry_tilt_degrees: "Gantry tilt",
  spacing_between_slices_mm: "Spacing of slices",
  pitch: "Pitch",
  reconstruction_diameter_mm: "Field of view",
  tube_current_ma: "Tube current",
  ctdi_vol_mgy: "CTDIvol",
  modality: "Modality",
  reconstruction: "Reconstruction",
  image_type: "Image type",
  contrast_phase_candidate: "Contrast phase, by the header",
  lossy_compression: "Lossy compression",
  device_hmac: "Scanner's number, hashed",
  osteo_regression_candidate: "Density line of the header",
  original_axes: "Original axes",
  plane: "Slices",
  n_files: "Files",
  original_shape: "Original matrix",
  original_spacing_mm: "Original spacing",
};

const UNIT_SUFFIXES: readonly (readonly [suffix: string, unit: string])[] = [
  ["_mm", "mm"],
  ["_mas", "mAs"],
  ["_ma", "mA"],
  ["_mgy", "mGy"],
  ["_degrees", "°"],
  ["_ms", "ms"],
];

/** A fact's name in words: from the table, else made from its key without the unit. */
export function factName(key: string): string {
  const known = FACT_NAMES[key];
  if (known !== undefined) return known;
  const bare = UNIT_SUFFIXES.reduce(
    (name, [suffix]) => (name.endsWith(suffix) ? name.slice(0, -suffix.length) : name),
    key,
  );
  const words = bare.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A fact's value with the unit that its key names; null where there is nothing to show. */
export function factValue(key: string, value: unknown): string | null {
  if (value === null || value === undefined || value === "") return null;
  if (typeof value === "boolean") return value ? "yes" : "no";
  const unit = key === "kvp" ? "kV" : UNIT_SUFFIXES.find(([suffix]) => key.endsWith(suffix))?.[1];
  const text = Array.isArray(value)
    ? value.map(plain).join(key.includes("spacing") || key.includes("shape") ? " × " : ", ")
    : plain(value);
  return unit === undefined ? text : `${text} ${unit}`;
}

function plain(value: unknown): string {
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toFixed(3)));
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The few facts that tell series apart at a glance. */
const FORMAT_NAMES: Readonly<Record<string, string>> = { dicom: "DICOM", nifti: "NIfTI" };

/** A source format as people write it. */
export function formatName(format: string): string {
  return FORMAT_NAMES[format] ?? format.toUpperCase();
}

export function headline({ volume, facts, source_format: format }: Series): string {
  const parts = [formatName(format)];
  if (volume !== null) parts.push(formatShape(volume.shape), formatSpacing(volume.spacing_mm));
  const kernel = facts["kernel"] ?? facts["convolution_kernel"];
  if (typeof kernel === "string" && kernel !== "") parts.push(kernel);
  return parts.join(" · ");
}

export function patientLine({ patient, number }: Series): string {
  const sex = { M: "male", F: "female", O: "other" }[patient.sex];
  const age = patient.age_years === null ? null : patient.age_years >= 90 ? "90 or older" : `${patient.age_years} y`;
  return [`series ${number}`, sex, age].filter((part) => part != null).join(" · ");
}
