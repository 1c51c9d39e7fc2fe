import { Badge, Button, Group, Stack, Table, Text, Tooltip } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import type { Calibration } from "@/state/measurements";
import { formatDate } from "@/state/format";
import { RetireForm, VerifyForm } from "./RecordForms";
import { lineText, PHASE_NAMES } from "./names";

const STATE_COLORS = { candidate: "amber", verified: "petrol", retired: "gray" } as const;
const STATE_NAMES = { candidate: t("To be verified"), verified: t("Verified"), retired: t("Retired") } as const;

interface RecordTableProps {
  readonly slug: string;
  readonly records: readonly Calibration[];
}

/** The lines from HU, with what a person has said of each. */
export function RecordTable({ slug, records }: RecordTableProps) {
  const [verifying, setVerifying] = useState<Calibration | null>(null);
  const [retiring, setRetiring] = useState<Calibration | null>(null);
  return (
    <>
      <Table.ScrollContainer minWidth={760}>
        <Table verticalSpacing="xs" data-testid="calibrations">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Scanner")}</Table.Th>
              <Table.Th>{t("For")}</Table.Th>
              <Table.Th>{t("Line")}</Table.Th>
              <Table.Th>{t("Source")}</Table.Th>
              <Table.Th>{t("State")}</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {records.map((record) => (
              <Table.Tr key={record.id}>
                <Table.Td>
                  {record.scanner_model}
                  <Text size="xs" c="dimmed">
                    {record.device_hash === ""
                      ? t("any device")
                      : t("device {{device_hash}}", { device_hash: record.device_hash.slice(0, 8) })}
                  </Text>
                </Table.Td>
                <Table.Td>
                  {t("{{kvp}} kVp, {{phase}}", { kvp: record.kvp, phase: PHASE_NAMES[record.phase] })}
                  <Text size="xs" c="dimmed">
                    {record.kernel === "" ? t("any kernel") : t("kernel {{kernel}}", { kernel: record.kernel })}
                  </Text>
                </Table.Td>
                <Table.Td className="tabular">{lineText(record)}</Table.Td>
                <Table.Td maw={280}>
                  <Text size="sm" lineClamp={2} title={record.source}>
                    {record.source === "" ? t("not stated") : record.source}
                  </Text>
                  {record.phantom !== "" && (
                    <Text size="xs" c="dimmed">
                      {record.phantom}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>
                  <State record={record} />
                </Table.Td>
                <Table.Td>
                  <Group gap="xs" justify="flex-end" wrap="nowrap">
                    {record.state === "candidate" && (
                      <Button size="xs" onClick={() => setVerifying(record)}>
                        {t("Verify")}
                      </Button>
                    )}
                    {record.state !== "retired" && (
                      <Button size="xs" variant="default" onClick={() => setRetiring(record)}>
                        {t("Retire")}
                      </Button>
                    )}
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <VerifyForm slug={slug} record={verifying} onClose={() => setVerifying(null)} />
      <RetireForm slug={slug} record={retiring} onClose={() => setRetiring(null)} />
    </>
  );
}

function State({ record }: { readonly record: Calibration }) {
  return (
    <Stack gap={2}>
      <Tooltip label={record.note} disabled={record.note === ""}>
        <Badge color={STATE_COLORS[record.state]}>{STATE_NAMES[record.state]}</Badge>
      </Tooltip>
      {record.verified_by !== null && (
        <Text size="xs" c="dimmed">
          {t("by")} {record.verified_by}
          {record.valid_from !== null && t(", from {{valid_from}}", { valid_from: formatDate(record.valid_from) })}
          {record.valid_to !== null && t(" to {{valid_to}}", { valid_to: formatDate(record.valid_to) })}
        </Text>
      )}
    </Stack>
  );
}
