import { Anchor, Badge, Button, Card, Checkbox, Group, Modal, Stack, Text, Textarea, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { t } from "@/i18n";
import type { ReleaseDetail } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { ReasonModal } from "@/components/common/ReasonModal";
import { type ReleaseFault, useFaultAnswers, useFaults, useReportFault } from "@/state/faults";
import { formatDate } from "@/state/format";
import { casesOf } from "./casesOf";
import { FaultForm } from "./FaultForm";
import { FAULT_STATES } from "./faultStates";

interface FaultsProps {
  readonly release: ReleaseDetail;
  readonly manager: boolean;
}

/** Faults that users of the release have reported: their own with the answers, to managers all. */
export function Faults({ release, manager }: FaultsProps) {
  const rows = useFaults(release.id).data ?? [];
  const report = useReportFault(release.id);
  const [reporting, form] = useDisclosure();
  const may = release.accepted && release.standing === "published";
  if (!may && rows.length === 0) return null;
  return (
    <Card padding="lg" component="section" aria-label={t("Reported faults")}>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{t("Reported faults")}</Title>
        {may && (
          <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} onClick={form.open}>
            {t("Report a fault")}
          </Button>
        )}
      </Group>
      {rows.length === 0 ? (
        <Text c="dimmed">
          {manager ? t("Nobody has reported a fault.") : t("Tell those who publish this version what you find wrong.")}
        </Text>
      ) : (
        <Stack gap="md">
          {rows.map((fault) => (
            <FaultRow key={fault.id} release={release} fault={fault} manager={manager} />
          ))}
        </Stack>
      )}
      <Modal opened={reporting} onClose={form.close} title={t("Report a fault")}>
        <FaultForm cases={casesOf(release.files)} report={report} onDone={form.close} />
      </Modal>
    </Card>
  );
}

interface RowProps extends FaultsProps {
  readonly fault: ReleaseFault;
}

function FaultRow({ release, fault, manager }: RowProps) {
  const { subject, series, level, text, picture, state, answer, reporter, created_at: at, case_id: caseId } = fault;
  const place = t("{{subject}}, series {{series}}", { subject, series });
  return (
    <div data-testid="fault">
      <Group gap="xs">
        {caseId === null ? (
          <Text fw={600}>{place}</Text>
        ) : (
          <Anchor component={Link} to={`/cases/${caseId}`} fw={600}>
            {place}
          </Anchor>
        )}
        {level !== null && <Text fw={600}>{level}</Text>}
        <Badge color={FAULT_STATES[state].color} tt="none">
          {FAULT_STATES[state].name}
        </Badge>
      </Group>
      <Text size="sm">{text}</Text>
      {picture !== null && (
        <Anchor href={picture} target="_blank" size="sm">
          {t("Picture")}
        </Anchor>
      )}
      <Text size="xs" c="dimmed">
        {reporter !== null && `${reporter} · `}
        {formatDate(at)}
      </Text>
      {answer !== "" && (
        <Text size="sm" c="dimmed">
          {t("Answer: {{answer}}", { answer })}
        </Text>
      )}
      {manager && state === "waiting" && <Answers release={release} fault={fault} />}
    </div>
  );
}

function Answers({ release, fault }: { readonly release: ReleaseDetail; readonly fault: ReleaseFault }) {
  const { decline } = useFaultAnswers(release.id);
  const [asking, setAsking] = useState<"take up" | "decline" | null>(null);
  const close = () => setAsking(null);
  return (
    <Group gap="xs" mt="xs">
      <Button size="xs" onClick={() => setAsking("take up")}>
        {t("Take up")}
      </Button>
      <Button size="xs" variant="default" onClick={() => setAsking("decline")}>
        {t("Decline")}
      </Button>
      {asking === "take up" && <TakeUp release={release} fault={fault} onClose={close} />}
      {asking === "decline" && (
        <ReasonModal
          title={t("Decline the report?")}
          description={t("Whoever reported it is told it.")}
          verb={t("Decline")}
          loading={decline.isPending}
          onSubmit={(reason) =>
            act(
              decline,
              { fault: fault.id, reason },
              { onSuccess: close, onError: (error) => notifyFailure(error, t("Not answered")) },
            )
          }
          onClose={close}
        />
      )}
    </Group>
  );
}

/** The reporter's words, with the level in front where they do not begin with it. */
function named({ level, text }: ReleaseFault): string {
  return level === null || text.startsWith(level) ? text : `${level}: ${text}`;
}

interface TakeUpProps {
  readonly release: ReleaseDetail;
  readonly fault: ReleaseFault;
  readonly onClose: () => void;
}

function TakeUp({ release, fault, onClose }: TakeUpProps) {
  const { takeUp } = useFaultAnswers(release.id);
  const [text, setText] = useState(named(fault));
  const [review, setReview] = useState(true);
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    act(
      takeUp,
      { fault: fault.id, text: text.trim(), review },
      {
        onSuccess: () => {
          notifyDone(t("It stands among the errata, and whoever reported it reads the same."));
          onClose();
        },
        onError: (error) => notifyFailure(error, t("Not answered")),
      },
    );
  };
  return (
    <Modal opened onClose={onClose} title={t("Take up the fault")}>
      <form onSubmit={submit}>
        <Stack>
          <Textarea
            label={t("Erratum")}
            description={t("Users of this version read it.")}
            autosize
            minRows={3}
            data-autofocus
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Checkbox
            label={t("Review the case again")}
            description={t("It is accepted no longer. Who reviews it reads the erratum, and accepts or returns it.")}
            checked={review}
            onChange={(event) => setReview(event.currentTarget.checked)}
          />
          <Group justify="flex-end">
            <Button type="submit" disabled={text.trim() === ""} loading={takeUp.isPending}>
              {t("Take up")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
