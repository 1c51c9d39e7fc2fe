import { List, Text } from "@mantine/core";
import { t } from "@/i18n";
import type { CheckFault } from "@/api/types";

interface FaultListProps {
  readonly faults: readonly CheckFault[];
  readonly more: number;
}

/** What is wrong with which file. */
export function FaultList({ faults, more }: FaultListProps) {
  return (
    <>
      <List size="sm" data-testid="faults">
        {faults.map(({ file, code, message }) => (
          <List.Item key={`${file} ${code}`} style={{ wordBreak: "break-word" }}>
            {message}
          </List.Item>
        ))}
      </List>
      {more > 0 && <Text size="sm">{t("and {{more}} more", { more })}</Text>}
    </>
  );
}
