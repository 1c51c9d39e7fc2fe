/** Where a mask came from, in words. */

import { engineTitle } from "@/components/imaging/engines";
import { count, formatDuration, formatNumber } from "@/state/format";

const METHODS: Readonly<Record<string, string>> = {
  majority: "By majority",
  weighted: "By weighted majority",
  staple: "By STAPLE",
  sba: "By shape-based averaging",
};
const REASONS: Readonly<Record<string, string>> = { "blank start": "Drawn to start without the engine's mask" };

/** What a mask's provenance says in one line: engine and version, method and inputs, or how much was edited. */
export function provenanceText(provenance: Readonly<Record<string, unknown>>): string {
  const {
    engine,
    engine_version: version,
    device,
    seconds,
    method,
    inputs,
    operations,
    edited_voxels: voxels,
    desktop_edits: fromDesktop,
    reason,
  } = provenance;
  if (typeof engine === "string") {
    if (engine === "imported") return "";
    const name = [engineTitle(engine), version].filter(Boolean).join(" ");
    const where =
      typeof device === "string" && device !== "" ? ` on ${device === "cpu" ? "the processor" : device}` : "";
    return `${name}${where}${typeof seconds === "number" ? `, ${formatDuration(seconds)}` : ""}`;
  }
  if (typeof method === "string") {
    const name = METHODS[method] ?? method;
    return Array.isArray(inputs) ? `${name} of ${count(inputs.length, "mask")}` : name;
  }
  if (typeof operations === "number" && typeof voxels === "number") {
    if (operations === 0) return "Nothing was edited";
    const elsewhere = typeof fromDesktop === "number" && fromDesktop > 0 ? `, ${fromDesktop} from another program` : "";
    return `${count(operations, "edit")}${elsewhere}, ${formatNumber(voxels)} voxels changed`;
  }
  return typeof reason === "string" ? (REASONS[reason] ?? reason) : "";
}
