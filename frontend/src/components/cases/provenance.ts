/** Where a mask came from, in words. */

import type { Provenance } from "@/api/types";
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
<<<<<<< HEAD
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
=======
export function provenanceText(made: Readonly<Partial<Provenance>>): string {
  if (typeof made.engine === "string") {
    if (made.engine === "imported") return "";
    const name = [engineTitle(made.engine), made.engine_version].filter(Boolean).join(" ");
    const where = made.device ? ` on ${made.device === "cpu" ? "the processor" : made.device}` : "";
    return `${name}${where}${typeof made.seconds === "number" ? `, ${formatDuration(made.seconds)}` : ""}`;
>>>>>>> stored
  }
  if (typeof made.method === "string") {
    const name = METHODS[made.method] ?? made.method;
    return made.inputs ? `${name} of ${count(made.inputs.length, "mask")}` : name;
  }
<<<<<<< HEAD
  if (typeof operations === "number" && typeof voxels === "number") {
    if (operations === 0) return "Nothing was edited";
    const elsewhere = typeof fromDesktop === "number" && fromDesktop > 0 ? `, ${fromDesktop} from another program` : "";
    return `${count(operations, "edit")}${elsewhere}, ${formatNumber(voxels)} voxels changed`;
=======
  if (typeof made.operations === "number" && typeof made.edited_voxels === "number") {
    return made.operations === 0
      ? "Nothing was edited"
      : `${count(made.operations, "edit")}, ${formatNumber(made.edited_voxels)} voxels changed`;
>>>>>>> stored
  }
  return made.reason ? (REASONS[made.reason] ?? made.reason) : "";
}
