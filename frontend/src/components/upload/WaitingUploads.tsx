import { Button, Card, CloseButton, Group, Stack, Text } from "@mantine/core";
import { t } from "@/i18n";
import { count, formatBytes } from "@/state/format";
import type { ChosenFile } from "@/state/uploads/files";
import type { UploadSession } from "@/state/uploads/session";

interface WaitingUploadsProps {
  readonly session: UploadSession;
  readonly waiting: readonly (readonly ChosenFile[])[];
  /** The upload before them came to nothing: they go on when told. */
  readonly stopped?: boolean;
}

/** The uploads that are sent after the one on its way. */
export function WaitingUploads({ session, waiting, stopped = false }: WaitingUploadsProps) {
  if (waiting.length === 0) return null;
  return (
    <Card padding="md" data-testid="waiting-uploads">
      <Group justify="space-between" mb="xs">
        <Text fw={600}>{t("{{uploads}} in the queue", { uploads: count(waiting.length, "upload") })}</Text>
        {stopped && <Button onClick={() => session.next()}>{t("Send the next")}</Button>}
      </Group>
      <Stack gap={4}>
        {waiting.map((files, index) => (
          <Group key={`${index} ${files[0]?.path ?? ""}`} justify="space-between" wrap="nowrap">
            <Text size="sm" style={{ wordBreak: "break-all" }}>
              {files[0]?.path}
              {files.length > 1 && t(" and {{moreFiles}}", { moreFiles: count(files.length - 1, "more file") })},{" "}
              {formatBytes(files.reduce((sum, { file }) => sum + file.size, 0))}
            </Text>
            <CloseButton
              aria-label={t("Leave out {{path}}", { path: files[0]?.path ?? "" })}
              onClick={() => session.leaveOut(files)}
            />
          </Group>
        ))}
      </Stack>
    </Card>
  );
}
