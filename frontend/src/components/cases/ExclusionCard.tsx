import { Alert, Button, Card, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { IconBan } from "@tabler/icons-react";
import { useState } from "react";
import { inSentence, t } from "@/i18n";
import type { CaseDetail, ExclusionWhy } from "@/api/types";
import { act } from "@/components/common/act";
import { DANGER } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useCaseActions } from "@/state/cases";
import { formatDateTime } from "@/state/format";
import { ExclusionFields, isWhySaid } from "./ExclusionFields";
import { EXCLUSION_REASONS } from "./exclusionReasons";

/** Takes a case out of the data for good, says why it is out, and puts it back. */
export function ExclusionCard({ detail }: { readonly detail: CaseDetail }) {
  const { putBack } = useCaseActions(detail.id, detail.project_slug);
  const [asking, setAsking] = useState(false);
  const { exclusion } = detail;
  if (exclusion === null) {
    if (detail.state === "excluded") return null; // gave its answer to measure raters
    return (
      <Card padding="lg" component="section" aria-label={t("Excluding")}>
        <Title order={2} mb="xs">
          {t("Not for the data set?")}
        </Title>
        <Text size="sm" c="dimmed" mb="md">
          {t(
            "An excluded case is nobody's work, is not counted and not released. Nothing is deleted, and it can be put back.",
          )}
        </Text>
        <Button size="xs" variant="default" onClick={() => setAsking(true)} data-testid="exclude">
          {t("Exclude for good…")}
        </Button>
        {asking && <ExcludeModal detail={detail} onClose={() => setAsking(false)} />}
      </Card>
    );
  }
  return (
    <Alert
      icon={<IconBan />}
      color="gray"
      title={t("Excluded: {{reason}}", { reason: inSentence(EXCLUSION_REASONS[exclusion.reason]) })}
    >
      <Stack gap="xs" data-testid="exclusion">
        {exclusion.note !== "" && <Text size="sm">{exclusion.note}</Text>}
        <Text size="sm" c="dimmed">
          {exclusion.by}, {formatDateTime(exclusion.at)}
        </Text>
        <Group>
          <Button
            size="xs"
            variant="default"
            loading={putBack.isPending}
            onClick={() =>
              act(putBack, undefined, {
                onSuccess: () => notifyDone(t("Put back where it stood.")),
                onError: (error) => notifyFailure(error, t("Not put back")),
              })
            }
          >
            {t("Put back")}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

function ExcludeModal({ detail, onClose }: { readonly detail: CaseDetail; readonly onClose: () => void }) {
  const { exclude } = useCaseActions(detail.id, detail.project_slug);
  const [why, setWhy] = useState<ExclusionWhy>({ reason: "image_quality", note: "" });
  const submit = () =>
    act(exclude, why, {
      onSuccess: () => {
        onClose();
        notifyDone(t("Excluded."));
      },
      onError: (error) => notifyFailure(error, t("Not excluded")),
    });
  return (
    <Modal opened onClose={onClose} title={t("Exclude {{alias}} for good?", { alias: detail.alias })}>
      <Stack>
        <Text size="sm">
          {t("Unfinished work on it goes back. What was submitted, and releases that are frozen, stay as they are.")}
        </Text>
        <ExclusionFields why={why} onChange={setWhy} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("Cancel")}
          </Button>
          <Button color={DANGER} onClick={submit} loading={exclude.isPending} disabled={!isWhySaid(why)}>
            {t("Exclude")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
