import { t } from "@/i18n";
import type { Series } from "@/api/types";
import { formatShape, formatSpacing } from "@/state/format";

const FACT_NAMES: Readonly<Record<string, string>> = {
  kvp: t("Tube voltage"),
  kernel: t("Kernel"),
  convolution_kernel: t("Kernel"),
  manufacturer: t("Manufacturer"),
  model: t("Scanner"),
  manufacturer_model_name: t("Scanner"),
  slice_thickness_mm: t("Slice thickness"),
  contrast: t("Contrast"),
  body_part: t("Body part"),
  body_part_examined: t("Body part"),
  exposure_mas: t("Exposure"),
  patient_position: t("Position"),
  gantry_tilt_degrees: t("Gantry tilt"),
  spacing_between_slices_mm: t("Spacing of slices"),
  pitch: t("Pitch"),
  reconstruction_diameter_mm: t("Field of view"),
  tube_current_ma: t("Tube current"),
  ctdi_vol_mgy: "CTDIvol",
  modality: t("Modality"),
  reconstruction: t("Reconstruction"),
  image_type: t("Image type"),
  contrast_phase_candidate: t("Contrast phase, by the header"),
  lossy_compression: t("Lossy compression"),
  device_hmac: t("Scanner's number, hashed"),
  osteo_regression_candidate: t("Density line of the header"),
  original_axes: t("Original axes"),
  plane: t("Slices"),
  n_files: t("Files"),
  original_shape: t("Original matrix"),
  original_spacing_mm: t("Original spacing"),
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
  if (typeof value === "boolean") return value ? t("yes") : t("no");
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
  const sex = { M: t("male"), F: t("female"), O: t("other") }[patient.sex];
  const age =
    patient.age_years === null
      ? null
      : patient.age_years >= 90
        ? t("90 or older")
        : t("{{age}} y", { age: patient.age_years });
  return [t("series {{number}}", { number }), sex, age].filter((part) => part != null).join(" · ");
}
