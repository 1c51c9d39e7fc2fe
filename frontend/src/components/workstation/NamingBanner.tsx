import { Button, Group, Text } from "@mantine/core";
import { IconHelpHexagon } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { t } from "@/i18n";
import type { NamingChoice } from "@/api/assignments";
import type { NamingDoubt } from "./useNamingQuestion";
import styles from "./workstation.module.css";

const SAID: Readonly<Record<NamingChoice, string>> = {
  confirmed: t("the names are right"),
  renamed: t("renamed, and right now"),
  unknown: t("cannot be told from this scan"),
};

interface Props {
  readonly doubt: NamingDoubt;
  readonly canEdit: boolean;
  readonly isWorking: boolean;
  /** Names in dispute that are to be decided in their own panel. */
  readonly inDispute: boolean;
  /** What the names rest on, and others to choose. */
  readonly basis: ReactNode;
}

/** Names that the engine guessed: said at the top of the work, and answered there before it is handed in. */
export function NamingBanner({ doubt, canEdit, isWorking, inDispute, basis }: Props) {
  const [again, setAgain] = useState(false);
  const { question, isOpen } = doubt;
  if (question === null) return null;
  const asks = isWorking && question.asked && (isOpen || again);
  const say = (choice: NamingChoice): void => {
    setAgain(false);
    doubt.answer(choice);
  };
  return (
    <div
      className={styles["banner"]}
      data-tone={isOpen ? "returned" : undefined}
      role="note"
      data-testid="naming-banner"
    >
      <IconHelpHexagon size={18} aria-hidden />
      <div style={{ flex: 1 }}>
        <Text size="sm">
          <strong>{t("Are the names right?")}</strong> {question.statement}
          {question.outdated && t(" Names were changed since you answered: say it again.")}
          {isWorking && question.asked && isOpen && inDispute && t(" Decide them under Decide.")}
        </Text>
        {basis}
        {question.others.length > 0 && (
          <Text size="xs" c="dimmed" data-testid="naming-others">
            {question.others
              .map(
                ({ slot, answer, round, stage_title: stage, note }) =>
                  `${stage} ${slot}${round > 1 ? t(", round {{round}}", { round }) : ""}: ${SAID[answer]}${note === "" ? "" : ` (${note})`}`,
              )
              .join("; ")}
          </Text>
        )}
      </div>
      {asks ? (
        <Group gap={6} wrap="nowrap">
          {!inDispute && (
            <Button size="compact-xs" onClick={() => say("confirmed")} data-testid="names-confirmed">
              {t("They are right")}
            </Button>
          )}
          {!inDispute && canEdit && (
            <Button size="compact-xs" variant="light" onClick={() => say("renamed")} data-testid="names-renamed">
              {t("I renamed them")}
            </Button>
          )}
          <Button size="compact-xs" variant="default" onClick={() => say("unknown")} data-testid="names-unknown">
            {t("Cannot be told")}
          </Button>
        </Group>
      ) : (
        question.answer !== null && (
          <Group gap={6} wrap="nowrap">
            <Text size="sm">{t("You said: {{answer}}.", { answer: SAID[question.answer] })}</Text>
            {isWorking && (
              <Button size="compact-xs" variant="default" onClick={() => setAgain(true)} data-testid="names-again">
                {t("Change")}
              </Button>
            )}
          </Group>
        )
      )}
    </div>
  );
}
