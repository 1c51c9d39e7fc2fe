/** Words for what the server measured. */

import type { Suggestion } from "@/api/assignments";

const FLAGS: Readonly<Record<string, string>> = {
  cut_off: "cut off by the image",
  touches_border: "touches the image's border",
  not_separated: "body and arch could not be told apart",
  not_measurable: "too little of the body to measure",
  depth_outlier: "depth unlike the other levels",
  metal: "metal",
  sclerotic: "very dense",
  few_planes: "measured on few slices",
  spread: "heights differ much between slices",
  coarse: "thick slices",
  not_measured: "this level is not measured",
  failed: "the measurement failed",
  borderline: "near a limit between grades",
  needs_reader: "mild band: a reader decides",
  no_reference: "no intact neighbour to compare with",
};

export function flagText(flag: string): string {
  return FLAGS[flag] ?? flag;
}

function percent(value: number | null): string {
  return value === null ? "–" : `${value.toFixed(0)} %`;
}

/** One or two sentences: what the heights suggest, from which losses, and how sure. */
export function suggestionText(suggestion: Suggestion): string {
  const { grade, fracture_type, loss_percent, expected_loss_percent, uncertainty_percent, flags } = suggestion;
  const type = fracture_type === "" ? "" : `, ${fracture_type}`;
  const said = grade === null ? "The heights suggest no grade" : `The heights suggest grade ${grade}`;
  const unsure = uncertainty_percent === null ? "" : ` (± ${uncertainty_percent.toFixed(0)} points)`;
  const losses =
    loss_percent === null
      ? ""
      : ` Loss against its own height ${percent(loss_percent)}, against its neighbours ${percent(expected_loss_percent)}${unsure}.`;
  const notes = flags.length > 0 ? ` ${flags.map(flagText).join("; ")}.` : "";
  return `${said}${type}.${losses}${notes}`;
}
