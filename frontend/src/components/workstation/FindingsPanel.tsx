import { ActionIcon, Alert, Badge, Group, Loader, Stack, Text, Tooltip } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import type { Finding } from "@/api/assignments";
import { messageOf } from "@/api/errors";
import { nameOf } from "@/domain/labels";
import type { Viewer } from "@/viewer/viewer";
import styles from "./workstation.module.css";

const COLOURS: Readonly<Record<string, string>> = { error: "red", warning: "amber" };

interface Props {
  readonly viewer: Viewer;
  readonly findings: readonly Finding[] | undefined;
  readonly error: unknown;
  readonly loading: boolean;
  readonly onRefresh: () => void;
}

function sentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}

/** What the server's rules find odd in the mask that it holds; an entry jumps to its place. */
export function FindingsPanel({ viewer, findings, error, loading, onRefresh }: Props) {
  const go = (finding: Finding): void => {
    if (finding.label !== null) viewer.goToLevel(finding.label);
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
        <button key={`${finding.code}-${index}`} type="button" className={styles["rowItem"]} data-testid={`finding-${finding.code}`} onClick={() => go(finding)}>
          <Group gap={6} mb={2}>
            <Badge size="sm" color={finding.rule === "block" ? "red" : (COLOURS[finding.severity] ?? "gray")}>
              {finding.rule === "block" ? "must be answered" : finding.severity}
            </Badge>
            {finding.label !== null && (
              <Text size="xs" c="dimmed">
                {nameOf(finding.label)}
              </Text>
            )}
          </Group>
          <Text size="sm">{sentence(finding.message)}</Text>
          {finding.answer !== "" && (
            <Text size="xs" c="dimmed">
              Answered: {finding.answer}
            </Text>
          )}
        </button>
      ))}
    </Stack>
  );
}
