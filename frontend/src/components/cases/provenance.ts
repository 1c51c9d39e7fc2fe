/** Where a mask came from, in words. */

import { t } from "@/i18n";
import type { Provenance } from "@/api/types";
import { engineTitle } from "@/components/imaging/engines";
import { count, formatDuration, formatNumber } from "@/state/format";

const METHODS: Readonly<Record<string, string>> = {
  majority: t("By majority"),
  weighted: t("By weighted majority"),
  staple: t("By STAPLE"),
  sba: t("By shape-based averaging"),
};
const REASONS: Readonly<Record<string, string>> = { "blank start": t("Drawn to start without the engine's mask") };

/** What a mask's provenance says in one line: engine and version, method and inputs, or how much was edited. */
export function provenanceText(made: Readonly<Partial<Provenance>>): string {
  if (typeof made.engine === "string") {
    if (made.engine === "imported") return "";
    const name = [engineTitle(made.engine), made.engine_version].filter(Boolean).join(" ");
    const where = made.device
      ? t(" on {{device}}", { device: made.device === "cpu" ? t("the processor") : made.device })
      : "";
    return `${name}${where}${typeof made.seconds === "number" ? `, ${formatDuration(made.seconds)}` : ""}`;
  }
  if (typeof made.method === "string") {
    const name = METHODS[made.method] ?? made.method;
    return made.inputs ? t("{{name}} of {{masks}}", { name, masks: count(made.inputs.length, "mask") }) : name;
  }
  if (typeof made.operations === "number" && typeof made.edited_voxels === "number") {
    if (made.operations === 0) return t("Nothing was edited");
    const elsewhere = made.desktop_edits
      ? t(", {{desktop_edits}} from another program", { desktop_edits: made.desktop_edits })
      : "";
    return t("{{edits}}{{elsewhere}}, {{edited_voxels}} voxels changed", {
      edits: count(made.operations, "edit"),
      elsewhere,
      edited_voxels: formatNumber(made.edited_voxels),
    });
  }
  return made.reason ? (REASONS[made.reason] ?? made.reason) : "";
}
