import { Button, Group, Loader, Paper, Progress, Text } from "@mantine/core";
import { IconArrowBackUp, IconCheck, IconSwitchVertical, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { t } from "@/i18n";
import { formatNumber } from "@/state/format";
import type { Viewer } from "@/viewer";
import styles from "./editing.module.css";
import type { PageState } from "./useViewerState";

interface Props {
  readonly viewer: Viewer;
  readonly state: PageState;
  /** More of what is shown. */
  readonly detail?: ReactNode;
}

function voxels(count: number): string {
  return `${formatNumber(count)} ${count === 1 ? t("voxel") : t("voxels")}`;
}

/** What is under way in the worker, or shown and waiting for a yes. */
export function PreviewBar({ viewer, state, detail }: Props) {
  const { preview, busy } = state;
  if (busy) {
    return (
      <Paper className={styles["bar"] ?? ""} shadow="lg" role="status" data-testid="busy">
        <Group gap="sm" justify="center">
          <Loader size={16} />
          <Text size="sm">{busy.name}</Text>
          {busy.total > 1 && (
            <Progress w={110} value={(100 * busy.done) / busy.total} aria-label={t("Vertebrae done")} />
          )}
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => viewer.desk.cancel()}
            data-testid="cancel-operation"
          >
            {t("Cancel (Esc)")}
          </Button>
        </Group>
      </Paper>
    );
  }
  if (!preview) return null;
  return (
    <Paper className={styles["bar"] ?? ""} shadow="lg" role="status" data-testid="preview">
      {detail}
      <Group gap="sm" justify="center">
        <div>
          <Text size="sm" fw={600}>
            {preview.name}
          </Text>
          <Text size="xs" className="tabular" data-testid="preview-count">
            {preview.added > 0 && <span className={styles["coming"]}>+ {voxels(preview.added)}</span>}{" "}
            {preview.removed > 0 && <span className={styles["going"]}>− {voxels(preview.removed)}</span>}
          </Text>
        </div>
        {preview.canTurn && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconSwitchVertical size={14} />}
            onClick={() => void viewer.desk.turnSplit()}
            data-testid="turn-preview"
          >
            {t("Other side")}
          </Button>
        )}
        {preview.back !== null && (
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconArrowBackUp size={14} />}
            onClick={() => viewer.undo()}
            data-testid="preview-back"
          >
            {t("{{back}} (z)", { back: preview.back })}
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconX size={14} />}
          onClick={() => viewer.editor.cancelPreview()}
          data-testid="cancel-preview"
        >
          {t("Cancel (Esc)")}
        </Button>
        <Button
          size="compact-sm"
          leftSection={<IconCheck size={14} />}
          onClick={() => viewer.editor.acceptPreview()}
          data-testid="accept-preview"
        >
          {t("Accept (Enter)")}
        </Button>
      </Group>
    </Paper>
  );
}
