import { Table, Text } from "@mantine/core";
import { t } from "@/i18n";
import type { Estimate } from "@/api/types";
import { formatNumber } from "@/state/format";

/** A figure with its interval below it. */
export function EstimateCell({ estimate, digits = 3 }: { readonly estimate: Estimate; readonly digits?: number }) {
  const { value, low, high } = estimate;
  return (
    <Table.Td>
      {formatNumber(value, digits)}
      {low !== null && high !== null && (
        <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
          {t("{{low}} to {{high}}", { low: formatNumber(low, digits), high: formatNumber(high, digits) })}
        </Text>
      )}
    </Table.Td>
  );
}
