import { ActionIcon, Alert, Badge, Group, Loader, Stack, Text, Tooltip } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { answered, t } from "@/i18n";
import type { Finding } from "@/api/assignments";
import { messageOf } from "@/api/errors";
import { nameOf } from "@/domain/labels";
import type { Viewer } from "@/viewer";
import type { Findings } from "./useFindings";
import styles from "./workstation.module.css";

const COLOURS: Readonly<Record<string, string>> = { error: "red", warning: "amber" };

interface Props {
  readonly viewer: Viewer;
  readonly findings: Findings;
}

function sentence(message: string): string {
  const said = answered(message);
  return said.charAt(0).toUpperCase() + said.slice(1);
}

/** Never more than is true: the list is the server's, and follows an edit. */
function checkedText({ data, error, isFetching, behind }: Findings): string {
  if (error != null && !isFetching) return t("Not checked");
  if (data === undefined) return t("Checking the mask…");
  return behind ? t("Checking… this list is from before your last edit") : t("Checked as shown");
}

/** What the server's rules find odd in the mask that it holds; an entry jumps to its place. */
export function FindingsPanel({ viewer, findings }: Props) {
  const { data, error, isFetching, behind, refetch } = findings;
  const go = (finding: Finding): void => {
    if (finding.label !== null) viewer.goToLevel(finding.label);
    if (finding.voxel) viewer.centreOn(finding.voxel);
  };
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <div>
          <Text fw={600}>{t("Plausibility")}</Text>
          <Text size="xs" c="dimmed" role="status" data-testid="checks-state" data-behind={behind}>
            {checkedText(findings)}
          </Text>
        </div>
        <Tooltip label={t("Check the saved mask again")}>
          <ActionIcon variant="subtle" color="gray" aria-label={t("Check again")} onClick={() => void refetch()}>
            {isFetching || behind ? <Loader size={16} /> : <IconRefresh size={17} />}
          </ActionIcon>
        </Tooltip>
      </Group>
      {error != null && <Alert color="red">{messageOf(error)}</Alert>}
      {data?.length === 0 && !behind && (
        <Text size="sm" c="dimmed">
          {t("Nothing odd: levels in order, in one piece each, none doubled.")}
        </Text>
      )}
      {data?.map((finding, index) => (
        <button
          key={`${finding.code}-${index}`}
          type="button"
          className={styles["rowItem"]}
          data-behind={behind}
          data-testid={`finding-${finding.code}`}
          onClick={() => go(finding)}
        >
          <Group gap={6} mb={2}>
            <Badge size="sm" color={finding.rule === "block" ? "red" : (COLOURS[finding.severity] ?? "gray")}>
              {finding.rule === "block" ? t("must be answered") : finding.severity}
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
              {t("Answered: {{answer}}", { answer: finding.answer })}
            </Text>
          )}
        </button>
      ))}
    </Stack>
  );
}
