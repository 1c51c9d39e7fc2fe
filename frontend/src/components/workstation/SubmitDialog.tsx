import { Alert, Button, Group, List, Loader, Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { answered, t } from "@/i18n";
import type { Finding, FindingAnswer } from "@/api/assignments";
import { ApiError, messageOf } from "@/api/errors";
import type { MissingGrading } from "@/domain/grading";
import { nameOf } from "@/domain/labels";
import { handInKey } from "./submitting";
import { useKept } from "./useKept";

/** Shorter than this says nothing. */
const SHORTEST_REASON = 3;

/** Beside the reasons, which are kept under the findings' keys. */
const COMMENT = "comment";

const isText = (value: unknown): value is string => typeof value === "string";

function keyOf({ code, label }: Finding): string {
  return `${code}-${label ?? "all"}`;
}

/** The levels for each thing that is missing: a whole spine would be a long list otherwise. */
function byWhat(missing: readonly MissingGrading[]): [string, MissingGrading[]][] {
  const groups = new Map<string, MissingGrading[]>();
  for (const entry of missing) {
    const what = entry.missing.join(", ");
    groups.set(what, [...(groups.get(what) ?? []), entry]);
  }
  return [...groups];
}

interface Props {
  readonly assignmentId: string;
  readonly opened: boolean;
  /** Whether handing in may lead to the next task. */
  readonly offersNext: boolean;
  readonly missing: readonly MissingGrading[];
  readonly undecided: readonly number[];
  /** Nobody has said yet whether names that the engine guessed are right. */
  readonly namesOpen: boolean;
  /** Vertebrae that an expert has not ticked as looked at; none of others. */
  readonly unticked: readonly number[];
  /** Levels of the mask that no pane has shown. */
  readonly neverInView: readonly number[];
  /** What the checks say; undefined while they run. */
  readonly findings: readonly Finding[] | undefined;
  /** They are from before the last edit. */
  readonly checking: boolean;
  readonly unsavedGradings: number;
  readonly onClose: () => void;
  readonly onGo: (label: number) => void;
  /** Resolves when the server has taken the work; throws with the reason why not. */
  readonly onSubmit: (comment: string, answers: readonly FindingAnswer[], next: boolean) => Promise<void>;
  readonly onGoToFinding: (finding: Finding) => void;
}

export function SubmitDialog({
  assignmentId,
  opened,
  offersNext,
  missing,
  undecided,
  namesOpen,
  unticked,
  neverInView,
  findings,
  checking,
  unsavedGradings,
  onClose,
  onGo,
  onGoToFinding,
  onSubmit,
}: Props) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [texts, setTexts] = useKept(handInKey(assignmentId), isText);
  const comment = texts[COMMENT] ?? "";
  const write = (key: string, text: string): void => setTexts({ ...texts, [key]: text });
  const blocking = (findings ?? []).filter((finding) => finding.rule === "block");
  const pointedOut = (findings ?? []).filter((finding) => finding.rule === "warn");
  const answers = blocking.map((finding) => ({
    code: finding.code,
    label: finding.label,
    reason: (texts[keyOf(finding)] ?? "").trim(),
  }));
  const unanswered = answers.some(({ reason }) => reason.length < SHORTEST_REASON);
  const ready = missing.length === 0 && undecided.length === 0 && unsavedGradings === 0 && !unanswered && !namesOpen;
  const submit = async (next: boolean): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      await onSubmit(comment.trim(), answers, next);
      setTexts({});
    } catch (error) {
      const labels =
        error instanceof ApiError && Array.isArray(error.extra["labels"]) ? (error.extra["labels"] as number[]) : [];
      setProblem(
        labels.length > 0
          ? t("{{error}} Missing: {{labels}}.", { error: messageOf(error), labels: labels.map(nameOf).join(", ") })
          : messageOf(error),
      );
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened={opened} onClose={onClose} title={t("Submit this case")} size="lg">
      <Stack gap="md">
        {missing.length > 0 && (
          <Alert color="amber" title={t("Still missing")}>
            <Stack gap="xs">
              {byWhat(missing).map(([what, entries]) => (
                <div key={what}>
                  <Text size="sm">{what.charAt(0).toUpperCase() + what.slice(1)}</Text>
                  <Group gap={4}>
                    {entries.map(({ label }) => (
                      <Button key={label} size="compact-xs" variant="default" onClick={() => onGo(label)}>
                        {nameOf(label)}
                      </Button>
                    ))}
                  </Group>
                </div>
              ))}
            </Stack>
          </Alert>
        )}
        {undecided.length > 0 && (
          <Alert color="amber" title={t("Not decided yet")}>
            <Group gap={4}>
              {undecided.map((label) => (
                <Button key={label} size="compact-xs" variant="default" onClick={() => onGo(label)}>
                  {nameOf(label)}
                </Button>
              ))}
            </Group>
          </Alert>
        )}
        {namesOpen && (
          <Alert color="amber" title={t("Are the names right?")} data-testid="names-open">
            {t("The engine guessed them. Say above the pictures whether they are right before you submit.")}
          </Alert>
        )}
        {unticked.length > 0 && (
          <Alert color="amber" title={t("Not ticked as looked at")} data-testid="unticked">
            <Group gap={4}>
              {unticked.map((label) => (
                <Button key={label} size="compact-xs" variant="default" onClick={() => onGo(label)}>
                  {nameOf(label)}
                </Button>
              ))}
            </Group>
          </Alert>
        )}
        {neverInView.length > 0 && (
          <Alert color="amber" title={t("Never in view")} data-testid="never-in-view">
            <Text size="sm" mb={4}>
              {t("No plane has shown these vertebrae. It is noted with your work.")}
            </Text>
            <Group gap={4}>
              {neverInView.map((label) => (
                <Button key={label} size="compact-xs" variant="default" onClick={() => onGo(label)}>
                  {nameOf(label)}
                </Button>
              ))}
            </Group>
          </Alert>
        )}
        {unsavedGradings > 0 && (
          <Alert color="amber">{t("{{unsavedGradings}} grades are not saved yet.", { unsavedGradings })}</Alert>
        )}
        {blocking.length > 0 && (
          <Alert color="red" title={t("To be mended, or answered with a reason")} data-testid="blocking">
            <Stack gap="xs">
              {blocking.map((finding) => (
                <div key={keyOf(finding)}>
                  <Group gap={6} wrap="nowrap" justify="space-between">
                    <Text size="sm">{answered(finding.message)}</Text>
                    <Button size="compact-xs" variant="default" onClick={() => onGoToFinding(finding)}>
                      {t("Go there")}
                    </Button>
                  </Group>
                  <TextInput
                    size="xs"
                    mt={4}
                    placeholder={t("Why it is right as it is")}
                    aria-label={t("Reason: {{message}}", { message: answered(finding.message) })}
                    value={texts[keyOf(finding)] ?? ""}
                    onChange={(event) => write(keyOf(finding), event.currentTarget.value)}
                    data-testid={`reason-${finding.code}`}
                  />
                </div>
              ))}
            </Stack>
          </Alert>
        )}
        {pointedOut.length > 0 && (
          <Alert color="amber" title={t("Look again")}>
            <List size="sm">
              {pointedOut.map((finding) => (
                <List.Item key={keyOf(finding)}>{answered(finding.message)}</List.Item>
              ))}
            </List>
          </Alert>
        )}
        {checking && (
          <Group gap="xs" role="status" data-testid="submit-checking">
            <Loader size={14} />
            <Text size="sm">{t("The mask is being checked since your last edit.")}</Text>
          </Group>
        )}
        {ready && (
          <Text size="sm">{t("The server takes the work once its copy of the mask is the one that you see.")}</Text>
        )}
        <Textarea
          label={t("Comment (optional)")}
          rows={2}
          value={comment}
          onChange={(event) => write(COMMENT, event.currentTarget.value)}
        />
        {problem && (
          <Alert color="red" role="alert">
            {problem}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("Go on working")}
          </Button>
          <Button
            variant={offersNext ? "light" : "filled"}
            onClick={() => void submit(false)}
            loading={busy}
            disabled={!ready}
            data-testid="confirm-submit"
          >
            {t("Submit")}
          </Button>
          {offersNext && (
            <Button
              onClick={() => void submit(true)}
              loading={busy}
              disabled={!ready}
              data-testid="confirm-submit-next"
            >
              {t("Submit, open the next")}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}
