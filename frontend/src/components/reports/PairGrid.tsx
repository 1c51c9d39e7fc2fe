import { Group, Text, Tooltip } from "@mantine/core";
import { decimal, t } from "@/i18n";
import type { Agreement, AgreementPair } from "@/api/types";
import classes from "@/components/consensus/AgreementGrid.module.css";
import type { PairMeasure } from "@/state/reports";
import { estimateText } from "./estimate";
import { SCALES } from "./scalesOfPairs";

interface PairGridProps {
  readonly raters: Agreement["raters"];
  readonly pairs: readonly AgreementPair[];
  readonly measure: PairMeasure;
}

/** Each two raters who worked on the same vertebrae: a heat map whose cells hold the numbers. */
export function PairGrid({ raters, pairs, measure }: PairGridProps) {
  const find = (a: string, b: string) =>
    pairs.find(({ first, second }) => (first === a && second === b) || (first === b && second === a));
  return (
    <div className={classes.scroll}>
      <table className={classes.grid} data-testid="pair-grid">
        <thead>
          <tr>
            <th scope="col">{t("Rater")}</th>
            {raters.map(({ id, name }) => (
              <th key={id} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {raters.map((row) => (
            <tr key={row.id}>
              <th scope="row">{row.name}</th>
              {raters.map(({ id }) => (
                <PairCell key={id} pair={id === row.id ? undefined : find(row.id, id)} measure={measure} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Legend {...SCALES[measure]} />
    </div>
  );
}

/** What the colours mean; values beyond the ends have the colour of the end. */
function Legend({ worst, best, digits }: { readonly worst: number; readonly best: number; readonly digits: number }) {
  return (
    <Group gap={6} mt={8} aria-hidden>
      <Text size="xs" c="dimmed" className="tabular">
        {decimal(worst.toFixed(digits))}
      </Text>
      <span className={classes.ramp} />
      <Text size="xs" c="dimmed" className="tabular">
        {decimal(best.toFixed(digits))}
      </Text>
    </Group>
  );
}

function PairCell({ pair, measure }: { readonly pair: AgreementPair | undefined; readonly measure: PairMeasure }) {
  const estimate = pair?.[measure] ?? null;
  if (pair === undefined || estimate === null || estimate.value === null) return <td className={classes.absent}>–</td>;
  const { worst, best, digits } = SCALES[measure];
  const share = Math.min(1, Math.max(0, (estimate.value - worst) / (best - worst)));
  const count = measure === "kappa" ? pair.graded : pair.pairs;
  return (
    <Tooltip label={t("{{estimate}}, {{count}} vertebrae", { estimate: estimateText(estimate, digits), count })}>
      <td className={classes.cell} style={{ "--share": `${Math.round(100 * share)}%` } as React.CSSProperties}>
        {decimal(estimate.value.toFixed(digits))}
      </td>
    </Tooltip>
  );
}
