import { answered, decimal, t } from "@/i18n";
import type { Simulation } from "@/api/types";
import { count, formatNumber } from "@/state/format";

type Stage = Simulation["stages"][number];

/** Where a stage's minutes come from. */
export function basisText({ basis, hand_ins: handIns }: Pick<Stage, "basis" | "hand_ins">): string {
  if (basis === "none") return t("Nothing: no minutes yet");
  const submissions = count(handIns, "submitted task");
  return basis === "observed" ? submissions : t("{{submissions}} of other stages of its kind", { submissions });
}

/** What the simulation leaves out for want of observed minutes; null where it knows all. */
export function unknownText({ unknown, stages }: Pick<Simulation, "unknown" | "stages">): string | null {
  if (unknown.length === 0) return null;
  if (unknown.length === stages.length)
    return t(
      "Nobody has submitted anything yet: there are no minutes to draw from. Only tasks and places can be told.",
    );
  return t("No active minutes were observed for {{stages}}: what it takes there is in no sum.", {
    stages: unknown.map(answered).join(", "),
  });
}

/** When all is done: half of the futures, and the range of most of them. */
export function weeksText({ weeks_median: median, weeks_early: early, weeks_late: late }: Simulation): string {
  if (median === null) return t("Not known: nobody's week was observed yet");
  const weeks = decimal(median.toFixed(1));
  const range = { early: decimal((early ?? median).toFixed(1)), late: decimal((late ?? median).toFixed(1)) };
  return range.early === range.late
    ? t("{{weeks}} weeks", { weeks })
    : t("{{weeks}} weeks ({{early}} to {{late}} in 80 % of the futures)", { weeks, ...range });
}

/** What the agreement to expect is worked out from. */
export function agreementText({ pair_dice: dice, compared }: Pick<Simulation, "pair_dice" | "compared">): string {
  if (dice === null) return t("No masks of two raters were compared yet: the agreement to expect is not known.");
  return t(
    "Two raters agree to a Dice of {{dice}} ({{cases}}). What several make together is expected to agree with what as many others make as the formula of Spearman and Brown says.",
    { dice: decimal(dice.toFixed(3)), cases: `${formatNumber(compared)} ${compared === 1 ? t("case") : t("cases")}` },
  );
}
