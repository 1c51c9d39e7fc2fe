import { Alert, Button, Group, Loader, Text, Title } from "@mantine/core";
import { useCallback, useEffect, useRef } from "react";
import { t } from "@/i18n";
import { messageOf } from "@/api/errors";
import type { Outbox } from "@/state/outbox/outbox";
import { OpenWorkstation } from "./OpenWorkstation";
import { Middle } from "./Middle";
import { OutboxContext } from "./useOutbox";
import { useDarkPage } from "./useDarkPage";
import { useWorkstationSession } from "./useWorkstationSession";
import type { WorkstationProps } from "./workstationProps";

/** How long a tab that is asked to give up its work waits for the server. What was done is on disk in any case. */
const SAVE_PATIENCE_MS = 3000;

export function Workstation(props: WorkstationProps) {
  const { assignmentId } = props;
  useDarkPage();
  const outbox = useRef<Outbox | null>(null);
  const saveAll = useCallback(async () => {
    const patience = new Promise((resolve) => setTimeout(resolve, SAVE_PATIENCE_MS));
    await Promise.race([outbox.current?.settled(), patience]);
  }, []);
  const { session, reload } = useWorkstationSession(assignmentId, saveAll);
  useEffect(() => {
    outbox.current = session.kind === "ready" ? session.work.outbox : null;
  }, [session]);

  switch (session.kind) {
    case "opening":
      return (
        <Middle>
          <Loader />
          <Text role="status">{session.step}</Text>
        </Middle>
      );
    case "busy":
      return (
        <Middle>
          <Title order={2}>{t("This case is open in another tab")}</Title>
          <Text>
            {t(
              "Only one tab can work on a case, so that no edit overwrites another. Taking over saves what the other tab has and makes it read-only.",
            )}
          </Text>
          <Group>
            <Button onClick={session.takeOver} data-testid="take-over">
              {t("Work here instead")}
            </Button>
            <Button variant="default" component="a" href="/">
              {t("Leave it there")}
            </Button>
          </Group>
        </Middle>
      );
    case "lost":
      return (
        <Middle>
          <Title order={2}>{t("This case is open in another tab now")}</Title>
          <Text>{t("Its edits were saved before it moved.")}</Text>
          <Group>
            <Button onClick={reload} data-testid="take-back">
              {t("Take it back here")}
            </Button>
            <Button variant="default" component="a" href="/">
              {t("My work")}
            </Button>
          </Group>
        </Middle>
      );
    case "failed":
      return (
        <Middle>
          <Alert color="red" title={t("The case could not be opened")} w="100%">
            {messageOf(session.error)}
          </Alert>
          <Group>
            <Button onClick={reload}>{t("Try again")}</Button>
            <Button variant="default" component="a" href="/">
              {t("My work")}
            </Button>
          </Group>
        </Middle>
      );
    case "ready":
      return (
        <OutboxContext value={session.work.outbox}>
          <OpenWorkstation {...props} work={session.work} onReload={reload} />
        </OutboxContext>
      );
  }
}
