/** What a training taught, in words: names of what learns, figures against the base, reasons counted. */

import { t } from "@/i18n";
import type { Training } from "@/api/types";
import { formatNumber } from "@/state/format";

/** The networks in the order of the pipeline. */
export const NETWORKS = ["localise", "label", "segment"] as const;
export type Network = (typeof NETWORKS)[number];

export const LEARNS: Record<Network, string> = { localise: t("Finding"), label: t("Naming"), segment: t("Borders") };

export const EXPLAINED: Record<Network, string> = {
  localise: t("Where vertebrae are, and what is none"),
  label: t("Which level each of them is"),
  segment: t("The mask of each vertebra"),
};

/** What is measured of each on the held-out cases. */
export const SCORES: Record<Network, string> = {
  localise: t("Finding (F1)"),
  label: t("Names right"),
  segment: "Dice",
};

type Outcome = Training["outcome"];
type Taught = Outcome["networks"][number];
type Figures = Taught["before"];

const isNetwork = (name: string): name is Network => NETWORKS.some((network) => network === name);

export const countOf = (count: number, thing: string) => `${count} ${thing}${count === 1 ? "" : "s"}`;

/** "Finding, naming and borders". */
export function learnsOf(networks: readonly string[]): string {
  const words = NETWORKS.filter((network) => networks.includes(network)).map((network) => LEARNS[network]);
  const [first, ...rest] = words.map((word, at) => (at === 0 ? word : word.toLowerCase()));
  if (first === undefined) return t("Nothing");
  const last = rest.at(-1);
  return last === undefined
    ? first
    : t("{{value}} and {{last}}", { value: [first, ...rest.slice(0, -1)].join(", "), last });
}

const networkOf = (point: Training["curve"][number]): string => point.network ?? "segment";

/** Whose curves there are. Trainings of earlier versions taught the borders alone and do not say so. */
export function networksOf(curve: Training["curve"]): Network[] {
  const begun = new Set(curve.map(networkOf));
  return NETWORKS.filter((network) => begun.has(network));
}

/** The curve of one network: of its last round, where it learnt in two. */
export function curveOf(curve: Training["curve"], network: Network): Training["curve"] {
  const points = curve.filter((point) => networkOf(point) === network);
  const round = Math.max(...points.map((point) => point.round ?? 1));
  return points.filter((point) => (point.round ?? 1) === round);
}

export interface OutcomeRow {
  readonly network: string;
  readonly name: string;
  readonly better: boolean;
  readonly reason: string;
  readonly figures: readonly { readonly name: string; readonly before: string; readonly after: string }[];
}

const whole = (value: number | null) => (value === null ? "–" : String(value));

function figuresOf(network: string, before: Figures, after: Figures): OutcomeRow["figures"] {
  const row = (name: string, read: (figures: Figures) => string) => ({
    name,
    before: read(before),
    after: read(after),
  });
  const there = (figures: Figures) => (figures.found ?? 0) + (figures.missed ?? 0);
  if (network === "localise")
    return [
      row(t("Found"), (f) => t("{{found}} of {{f}}", { found: whole(f.found), f: there(f) })),
      row(t("Missed"), (f) => whole(f.missed)),
      row(t("Invented"), (f) => whole(f.invented)),
    ];
  if (network === "label")
    return [row(t("Names right"), (f) => t("{{right}} of {{f}}", { right: whole(f.right), f: there(f) }))];
  return [row("Dice", (f) => formatNumber(f.dice, 3))];
}

/** A row for each network, with its figures before and after; none where no patient was held out. */
export function outcomeRows(outcome: Outcome): OutcomeRow[] {
  return outcome.networks.map(({ network, better, reason, before, after }) => ({
    network,
    name: isNetwork(network) ? LEARNS[network] : network,
    better,
    reason,
    figures: after.score === null ? [] : figuresOf(network, before, after),
  }));
}

/** Reasons with how often each was given, the most frequent first; numbers in them are the single case's. */
export function reasonsOf(leftOut: readonly { readonly reason: string }[]): { reason: string; cases: number }[] {
  const counted = new Map<string, number>();
  for (const { reason } of leftOut) {
    const plain = reason.replace(/ \(Dice [\d.]+\)/, "").replace(/only \d+ %/, "not");
    counted.set(plain, (counted.get(plain) ?? 0) + 1);
  }
  return [...counted].map(([reason, cases]) => ({ reason, cases })).sort((a, b) => b.cases - a.cases);
}

/** One sentence on how sure the new weights are of what they find; empty of trainers that do not say. */
export function certaintyOf(outcome: Outcome): string {
  const fit = outcome.calibration;
  if (fit === null) return "";
  if (fit.state === "fitted") {
    const error = fit.after?.error ?? null;
    return t("How sure the engine is of what it finds was fitted anew to {{bodies}} {{bodies2}}{{error}}.", {
      bodies: fit.bodies,
      bodies2: fit.bodies === 1 ? t("body") : t("bodies"),
      error: error === null ? "" : t(" (calibration error {{error}})", { error: formatNumber(error, 3) }),
    });
  }
  const rest =
    fit.state === "none"
      ? t("The new weights draw all that they find, and every run says so.")
      : t("What was fitted to the earlier weights goes on being used, and every run says so.");
  return t("How sure the engine is could not be fitted anew. {{reason}} {{rest}}", { reason: fit.reason, rest });
}
