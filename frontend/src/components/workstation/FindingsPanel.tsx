import { ActionIcon, Alert, Badge, Group, Loader, Stack, Text, Tooltip } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import type { Finding } from "@/api/assignments";
import { messageOf } from "@/api/errors";
import { nameOf } from "@/domain/labels";
import type { Viewer } from "@/viewer/viewer";
import styles from "./workstation.module.css";

const SEVERITY_COLOURS: Readonly<Record<string, string>> = { error: "red", blocking: "red", warning: "amber" };

interface Props {
  readonly viewer: Viewer;
  readonly findings: readonly Finding[] | undefined;
  readonly error: unknown;
  readonly loading: boolean;
  readonly onRefresh: () => void;
}

/** What the server's rules find odd in the mask that it holds; an entry jumps to its place. */
export function FindingsPanel({ viewer, findings, error, loading, onRefresh }: Props) {
  const go = (finding: Finding): void => {
    const [label] = finding.labels;
    if (label !== undefined) viewer.goToLevel(label);
    if (finding.voxel) viewer.centreOn(finding.voxel);
  };
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text fw={600}>Plausibility</Text>
        <Tooltip label="Check the saved mask again">
          <ActionIcon variant="subtle" color="gray" aria-label="Check again" onClick={onRefresh}>
            {loading ? <Loader size={16} /> : <IconRefresh size={17} />}
          </ActionIcon>
        </Tooltip>
      </Group>
      {error != null && <Alert color="red">{messageOf(error)}</Alert>}
      {findings?.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing odd: levels in order, in one piece each, none doubled.
        </Text>
      )}
      {findings?.map((finding, index) => (
        <button key={`${finding.code}-${index}`} type="button" className={styles["rowItem"]} onClick={() => go(finding)}>
          <Group gap={6} mb={2}>
            <Badge size="sm" color={SEVERITY_COLOURS[finding.severity] ?? "gray"}>
              {finding.severity}
            </Badge>
            <Text size="xs" c="dimmed">
              {finding.labels.map(nameOf).join(", ")}
            </Text>
          </Group>
          <Text size="sm">{finding.message}</Text>
        </button>
      ))}
    </Stack>
  );
}
