import { Badge, Group, Stack, Table, Text } from "@mantine/core";
import { answered, t } from "@/i18n";
import type { Consensus, GradeAgreement } from "@/api/types";
import { LookLink } from "@/components/viewing/LookLink";
import { nameOf, sortLabels } from "@/domain/labels";
import { formatNumber } from "@/state/format";
import { slotName } from "./heatmap";

const METHOD_NAMES: Readonly<Record<string, string>> = {
  single: t("one reader"),
  unanimous: t("all agree"),
  median: t("median"),
  majority: t("majority"),
  dawid_skene: t("Dawid and Skene"),
  adjudicated: t("adjudicated"),
  review: t("set in review"),
};

interface GradeTableProps {
  readonly caseId: string;
  readonly grades: GradeAgreement;
  readonly slots: readonly string[];
  readonly agreed: Consensus["agreed_grades"];
}

/** The raters' Genant grades side by side, and the grade that stands. */
export function GradeTable({ caseId, grades, slots, agreed }: GradeTableProps) {
  const labels = sortLabels(Object.keys(grades.labels).map(Number));
  if (labels.length === 0) return <Text c="dimmed">{t("No vertebra was graded.")}</Text>;
  const standing = new Map(agreed.map((grade) => [grade.label, grade]));
  const disputed = new Set(grades.disputed);
  return (
    <Stack gap="sm">
      <Group gap="xl">
        <Fact name={t("Same grade")} value={percent(grades.exact)} />
        <Fact name={t("Within one grade")} value={percent(grades.within_one)} />
        <Fact name={t("Vertebrae in dispute")} value={String(grades.disputed.length)} />
        <Fact name={t("Pairs of answers")} value={formatNumber(grades.pairs)} />
      </Group>
      <Table.ScrollContainer minWidth={420}>
        <Table verticalSpacing={5} data-testid="grade-table">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Vertebra")}</Table.Th>
              {(grades.labels[String(labels[0])] ?? []).map((_, index) => (
                <Table.Th key={index} ta="center">
                  {slots[index] ?? slotName(index)}
                </Table.Th>
              ))}
              <Table.Th>{t("Stands")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {labels.map((label) => {
              const grade = standing.get(label);
              return (
                <Table.Tr key={label} {...(disputed.has(label) && { bg: "var(--mantine-color-amber-light)" })}>
                  <Table.Th>
                    <Group gap={4} wrap="nowrap">
                      {nameOf(label)}
                      <LookLink
                        caseId={caseId}
                        place={{ label }}
                        label={t("Look at {{title}}", { title: nameOf(label) })}
                      />
                    </Group>
                  </Table.Th>
                  {(grades.labels[String(label)] ?? []).map((value, index) => (
                    <Table.Td key={index} ta="center" className="tabular">
                      {value ?? "–"}
                    </Table.Td>
                  ))}
                  <Table.Td>
                    {grade === undefined ? (
                      <Text size="sm" c="dimmed">
                        {t("open")}
                      </Text>
                    ) : (
                      <Group gap={8}>
                        <Text fw={600} className="tabular">
                          {grade.grade ?? t("not gradable")}
                        </Text>
                        {grade.fracture_type !== "" && <Text size="sm">{answered(grade.fracture_type)}</Text>}
                        <Badge color="gray">{METHOD_NAMES[grade.method] ?? grade.method}</Badge>
                      </Group>
                    )}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Text size="sm" c="dimmed">
        {t("Chance-corrected coefficients (kappa, alpha) need more vertebrae than one case has.")}
      </Text>
    </Stack>
  );
}

function percent(share: number | null): string {
  return share === null ? "–" : `${formatNumber(100 * share)} %`;
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text fz="lg" fw={600} className="tabular">
        {value}
      </Text>
    </div>
  );
}
