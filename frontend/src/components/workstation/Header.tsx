import { ActionIcon, Badge, Button, Text, Tooltip } from "@mantine/core";
import { IconArrowLeft, IconBook, IconFlag, IconPlayerSkipForward } from "@tabler/icons-react";
import { useState } from "react";
import { answered, t } from "@/i18n";
import type { AssignmentDetail } from "@/api/assignments";
import { concernName } from "@/domain/concerns";
import type { SaveStatus } from "@/state/outbox/status";
import type { Layout } from "@/state/workstationPreferences";
import { ConcernDialog } from "./ConcernDialog";
import { LayoutControl } from "./LayoutControl";
import { SavePicture } from "./SavePicture";
import { SaveState } from "./SaveState";
import type { HandIn } from "./useHandIn";
import styles from "./workstation.module.css";

const STATE_NAMES: Readonly<Record<AssignmentDetail["state"], string>> = {
  open: t("Open"),
  submitted: t("Submitted"),
  returned: t("Returned to you"),
  cancelled: t("Taken back"),
};

interface Props {
  readonly detail: AssignmentDetail;
  readonly status: SaveStatus;
  readonly layout: Layout;
  readonly onLayout: (layout: Layout) => void;
  readonly onRetry: () => void;
  readonly onReload: () => void;
  /** It is on its way. */
  readonly handingIn: boolean;
  readonly onSubmit: (() => void) | null;
  /** Hand in and go on with the next task; null where there is none to go on with. */
  readonly onSubmitNext: (() => void) | null;
  /** Null where the task is no work in hand. */
  readonly onTell: HandIn["tell"] | null;
  /** Opens the guidelines and the reader's questions, or closes them. */
  readonly onRules: () => void;
}

export function Header({
  detail,
  status,
  layout,
  onLayout,
  onRetry,
  onReload,
  handingIn,
  onSubmit,
  onSubmitNext,
  onTell,
  onRules,
}: Props) {
  const [telling, setTelling] = useState(false);
  return (
    <header className={styles["header"]}>
      <Tooltip label={t("Back to my work")}>
        <ActionIcon component="a" href="/" variant="subtle" color="gray" aria-label={t("Back to my work")}>
          <IconArrowLeft size={20} />
        </ActionIcon>
      </Tooltip>
      <div className={styles["caseName"]}>
        <Text fw={700} size="sm" ff="monospace" component="h1" data-testid="case-alias">
          {detail.case_alias}
        </Text>
        <Text size="xs" c="dimmed" truncate>
          {answered(detail.stage_title)} · {detail.project.name}
        </Text>
      </div>
      {detail.training && <Badge color="petrol">{t("Training")}</Badge>}
      {detail.concern !== "" && (
        <Badge color="amber">{t("Told the manager: {{concern}}", { concern: concernName(detail.concern) })}</Badge>
      )}
      {detail.state !== "open" && (
        <Badge color={detail.state === "returned" ? "amber" : "gray"}>{STATE_NAMES[detail.state]}</Badge>
      )}
      <div className={styles["spacer"]} />
      {detail.can_edit || status.kind !== "saved" || status.at !== null ? (
        <SaveState status={status} onRetry={onRetry} onReload={onReload} />
      ) : (
        <Text size="sm" c="dimmed" data-testid="save-state" data-kind="read-only">
          {t("The mask is read-only")}
        </Text>
      )}
      <LayoutControl layout={layout} onLayout={onLayout} />
      <SavePicture />
      <Button
        size="xs"
        variant="default"
        leftSection={<IconBook size={15} />}
        onClick={onRules}
        data-testid="open-guidelines"
      >
        {t("Guidelines")}
      </Button>
      {onTell && (
        <Tooltip label={t("Something is the matter: tell the manager, or give the task back")}>
          <ActionIcon
            size={30}
            variant="default"
            aria-label={t("Tell the manager, or give the task back")}
            onClick={() => setTelling(true)}
            data-testid="open-concern"
          >
            <IconFlag size={16} />
          </ActionIcon>
        </Tooltip>
      )}
      {onSubmit && (
        <Button.Group>
          <Button size="xs" disabled={handingIn} onClick={onSubmit} data-testid="submit">
            {t("Submit")}
          </Button>
          {onSubmitNext && (
            <Tooltip label={t("Submit and open the next task; asks first where something is open")}>
              <Button
                size="xs"
                px={8}
                className={styles["submitNext"] ?? ""}
                aria-label={t("Submit, open the next")}
                loading={handingIn}
                onClick={onSubmitNext}
                data-testid="submit-next"
              >
                <IconPlayerSkipForward size={16} />
              </Button>
            </Tooltip>
          )}
        </Button.Group>
      )}
      {onTell && <ConcernDialog opened={telling} onClose={() => setTelling(false)} onTell={onTell} />}
    </header>
  );
}
