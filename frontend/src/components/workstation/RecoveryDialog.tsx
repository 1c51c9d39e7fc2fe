import { Alert, Button, Group, Modal, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import { formatDateTime, formatNumber } from "@/state/format";
import type { Recovery } from "@/state/edits/recovery";

interface Props {
  readonly recovery: Recovery;
  readonly onApply: () => Promise<void>;
  readonly onDiscard: () => Promise<void>;
}

/** Edits that this browser kept and the server has not: shown with what they would change. */
export function RecoveryDialog({ recovery, onApply, onDiscard }: Props) {
  const [busy, setBusy] = useState(false);
  const [sure, setSure] = useState(false);
  const run = (action: () => Promise<void>): void => {
    setBusy(true);
    void action().finally(() => setBusy(false));
  };
  const { edits, unreadable, serverMovedOn } = recovery;
  const count = edits.length === 1 ? t("1 edit") : t("{{edits}} edits", { edits: edits.length });
  return (
    <Modal
      opened
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t("{{count}} kept in this browser", { count })}
      size="lg"
    >
      <Stack gap="md" data-testid="recovery">
        <Text size="sm">
          {t(
            "Made here, but not confirmed by the server. Apply what was kept, in order, or leave the mask as the server has it.",
          )}
        </Text>
        {serverMovedOn && (
          <Alert color="amber">
            {t(
              "The mask on the server has changed since they were made. Applying them replaces the slices they touch.",
            )}
          </Alert>
        )}
        {unreadable.length > 0 && (
          <Alert color="red">
            {t("{{unreadable}} more cannot be read and will be dropped.", { unreadable: unreadable.length })}
          </Alert>
        )}
        <ScrollArea.Autosize mah={300}>
          <Table striped>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("Edit")}</Table.Th>
                <Table.Th>{t("Made")}</Table.Th>
                <Table.Th ta="right">{t("Voxels")}</Table.Th>
                <Table.Th ta="right">{t("Slices")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {edits.map(({ kept, delta, voxels }) => (
                <Table.Tr key={kept.seq}>
                  <Table.Td>{kept.act.name}</Table.Td>
                  <Table.Td>{formatDateTime(kept.at)}</Table.Td>
                  <Table.Td ta="right">{formatNumber(voxels)}</Table.Td>
                  <Table.Td ta="right">{delta.slices.length}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea.Autosize>
        <Group justify="flex-end">
          <Button
            variant={sure ? "filled" : "default"}
            color={sure ? "red" : "gray"}
            disabled={busy}
            onClick={() => (sure ? run(onDiscard) : setSure(true))}
            data-testid="discard-kept"
          >
            {sure ? t("Yes, throw them away") : t("Discard")}
          </Button>
          <Button
            data-autofocus
            loading={busy}
            disabled={edits.length === 0}
            onClick={() => run(onApply)}
            data-testid="apply-kept"
          >
            {t("Apply {{count}}", { count })}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
