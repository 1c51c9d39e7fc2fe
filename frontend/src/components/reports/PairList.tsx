import { Group, Pagination, Select, Stack, Table, Text } from "@mantine/core";
import { t } from "@/i18n";
import type { Agreement } from "@/api/types";
import type { PairMeasure, PairsAsked } from "@/state/reports";
import { estimateText } from "./estimate";
import { SCALES } from "./scalesOfPairs";

interface PairListProps {
  readonly report: Agreement;
  readonly measure: PairMeasure;
  readonly asked: PairsAsked;
  readonly setAsked: (asked: PairsAsked) => void;
}

/** Pairs of raters page by page, where a grid of all of them could not be read. */
export function PairList({ report, measure, asked, setAsked }: PairListProps) {
  const { raters, pairs, pair_count: total, page_size: size } = report;
  const name = (id: string) => raters.find((rater) => rater.id === id)?.name ?? id;
  return (
    <Stack gap="sm">
      <Select
        label={t("Pairs with")}
        placeholder={t("All raters")}
        searchable
        clearable
        value={asked.rater}
        onChange={(rater) => setAsked({ ...asked, rater, page: 1 })}
        data={raters.map((rater) => ({ value: rater.id, label: rater.name }))}
      />
      <Text size="sm" c="dimmed">
        {t("{{total}} pairs, those that agree least first; pairs with fewer than ten vertebrae come last.", { total })}
      </Text>
      <Table.ScrollContainer minWidth={300} mah={420} type="native" tabIndex={0} aria-label={t("Pairs of raters")}>
        <Table verticalSpacing={4} data-testid="pair-list">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Raters")}</Table.Th>
              <Table.Th ta="right">{t("Vertebrae")}</Table.Th>
              <Table.Th ta="right">{t("Value (95 % interval)")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {pairs.map((pair) => (
              <Table.Tr key={`${pair.first}-${pair.second}`}>
                <Table.Td>{`${name(pair.first)} – ${name(pair.second)}`}</Table.Td>
                <Table.Td ta="right">{measure === "kappa" ? pair.graded : pair.pairs}</Table.Td>
                <Table.Td ta="right" className="tabular">
                  {estimateText(pair[measure] ?? NOTHING, SCALES[measure].digits)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {total > size && (
        <Group justify="center">
          <Pagination
            size="sm"
            total={Math.ceil(total / size)}
            value={asked.page}
            onChange={(page) => setAsked({ ...asked, page })}
            getItemProps={(number) => ({ "aria-label": t("Page {{number}}", { number }) })}
          />
        </Group>
      )}
    </Stack>
  );
}

const NOTHING = { value: null, low: null, high: null };
