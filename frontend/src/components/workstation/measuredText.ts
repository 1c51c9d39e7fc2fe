/** Words for what the server measured. */

import { decimal, t } from "@/i18n";
import type { Suggestion } from "@/api/assignments";
import type { ShownMeasurement } from "./useMeasured";

const FLAGS: Readonly<Record<string, string>> = {
  cut_off: t("cut off by the image"),
  touches_border: t("touches the image's border"),
  not_separated: t("body and arch could not be told apart"),
  not_measurable: t("too little of the body to measure"),
  depth_outlier: t("depth unlike the other levels"),
  metal: t("metal"),
  sclerotic: t("very dense"),
  few_planes: t("measured on few slices"),
  spread: t("heights differ much between slices"),
  coarse: t("thick slices"),
  not_measured: t("this level is not measured"),
  failed: t("the measurement failed"),
  borderline: "near a limit between grades",
  needs_reader: t("mild band: a reader decides"),
  no_reference: t("no intact neighbour to compare with"),
};

export function flagText(flag: string): string {
  return FLAGS[flag] ?? flag;
}

/** Several flags as one sentence without its full stop. */
export function flagsText(flags: readonly string[]): string {
  const said = flags.map(flagText).join("; ");
  return said.charAt(0).toUpperCase() + said.slice(1);
}

function percent(value: number | null): string {
  return value === null ? "–" : `${decimal(value.toFixed(0))} %`;
}

/** One or two sentences: what the heights suggest, from which losses, and how sure. */
export function suggestionText(suggestion: Suggestion): string {
  const { grade, fracture_type, loss_percent, expected_loss_percent, uncertainty_percent, flags } = suggestion;
  const type = fracture_type === "" ? "" : `, ${fracture_type}`;
  const said = grade === null ? t("The heights suggest no grade") : t("The heights suggest grade {{grade}}", { grade });
  const unsure =
    uncertainty_percent === null
      ? ""
      : t(" (± {{uncertainty_percent}} points)", { uncertainty_percent: decimal(uncertainty_percent.toFixed(0)) });
  const losses =
    loss_percent === null
      ? ""
      : t(
          " Loss against its own height {{loss_percent}}, against its neighbours {{expected_loss_percent}}{{unsure}}.",
          { loss_percent: percent(loss_percent), expected_loss_percent: percent(expected_loss_percent), unsure },
        );
  const notes = flags.length > 0 ? ` ${flagsText(flags)}.` : "";
  return `${said}${type}.${losses}${notes}`;
}

export interface HeightRow {
  readonly name: string;
  readonly height: string;
  /** How sure it is, and what was measured where the reader has moved the line. */
  readonly note: string;
}

/** Anterior, middle and posterior: the reader's own lines where there are any, with the measured ones in the note. */
export function heightRows(data: ShownMeasurement): HeightRow[] {
  const own = data.own_lines;
  const sites = [
    ["anterior", data.anterior_mm, own?.anterior_mm],
    [t("middle"), data.middle_mm, own?.middle_mm],
    ["posterior", data.posterior_mm, own?.posterior_mm],
  ] as const;
  return sites.map(([name, measured, moved], site) => {
    const range = data.range_mm?.[site];
    const spread = data.spread_mm?.[site];
    const over =
      range && spread !== undefined
        ? t("{{range}} to {{range2}} over the slices (± {{spread}} mm)", {
            range: millimetres(range[0]),
            range2: millimetres(range[1]),
            spread: decimal(spread.toFixed(1)),
          })
        : "";
    const note =
      moved === undefined
        ? over
        : t("measured {{measured}}{{over}}", { measured: millimetres(measured), over: over === "" ? "" : `, ${over}` });
    return { name, height: millimetres(moved ?? measured), note };
  });
}

function millimetres(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : t("{{value}} mm", { value: decimal(value.toFixed(1)) });
}

/** HU of the region with its standard error; voxels count as independent. */
export function boneText(data: ShownMeasurement): string {
  const { hu_mean: mean, hu_sd: sd, hu_voxels: voxels } = data.own_region ?? data;
  if (mean === null) return "–";
  const error =
    sd !== null && voxels !== null && voxels > 1 ? ` ± ${Math.max(1, Math.round(sd / Math.sqrt(voxels)))}` : "";
  const was =
    data.own_region && data.hu_mean !== null
      ? t(" (measured {{hu_mean}})", { hu_mean: decimal(data.hu_mean.toFixed(0)) })
      : "";
  return t("{{mean}}{{error}} HU{{was}}", { mean: decimal(mean.toFixed(0)), error, was });
}
