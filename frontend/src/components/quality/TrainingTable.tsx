import { decimal, t } from "@/i18n";
import { act } from "@/components/common/act";
import { Badge, Button, Table, Text } from "@mantine/core";
import { useState } from "react";
import type { ProjectQuality } from "@/api/types";
import { ActionsHead } from "@/components/common/ActionsHead";
import { notifyFailure } from "@/components/common/notify";
import { ReasonModal } from "@/components/common/ReasonModal";
import { useQualityActions } from "@/state/quality";

type Trainee = ProjectQuality["raters"][number];

function stateOf({ wanted, may_work: mayWork, overridden, handed_in: done, scored }: Trainee): [string, string] {
  if (wanted === 0) return ["gray", t("No training asked for")];
  if (overridden) return ["petrol", t("Let through")];
  if (mayWork) return ["green", t("Passed")];
  if (done > scored) return ["amber", t("Being scored")];
  return scored >= wanted ? ["red", t("Not passed")] : ["amber", t("{{done}} of {{wanted}} done", { done, wanted })];
}

/** How far each rater is with the training, and the manager's word that lets somebody through. */
export function TrainingTable({ slug, raters }: { readonly slug: string; readonly raters: readonly Trainee[] }) {
  const [asked, setAsked] = useState<Trainee | null>(null);
  const { disqualify } = useQualityActions(slug);
  if (raters.length === 0) return <Text c="dimmed">{t("Nobody in this project is a rater yet.")}</Text>;
  return (
    <>
      <Table.ScrollContainer minWidth={560}>
        <Table verticalSpacing="xs" data-testid="trainees">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Rater")}</Table.Th>
              <Table.Th>{t("Training")}</Table.Th>
              <Table.Th ta="right">{t("Mean Dice")}</Table.Th>
              <Table.Th ta="right">{t("Grades right")}</Table.Th>
              <ActionsHead />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {raters.map((rater) => {
              const [color, words] = stateOf(rater);
              return (
                <Table.Tr key={rater.user.id}>
                  <Table.Td fw={500}>{rater.user.name}</Table.Td>
                  <Table.Td>
                    <Badge color={color}>{words}</Badge>
                    {rater.reason !== "" && (
                      <Text size="xs" c="dimmed">
                        {rater.reason}
                      </Text>
                    )}
                  </Table.Td>
                  <Table.Td ta="right" className="tabular">
                    {decimal(rater.mean_dice?.toFixed(3)) ?? "–"}
                  </Table.Td>
                  <Table.Td ta="right" className="tabular">
                    {rater.grades_exact === null ? "–" : `${Math.round(100 * rater.grades_exact)} %`}
                  </Table.Td>
                  <Table.Td ta="right">
                    {rater.overridden ? (
                      <Button
                        size="compact-sm"
                        variant="subtle"
                        color="gray"
                        onClick={() => act(disqualify, rater.user.id, { onError: (error) => notifyFailure(error) })}
                      >
                        {t("Take back")}
                      </Button>
                    ) : (
                      rater.wanted > 0 &&
                      !rater.passed && (
                        <Button size="compact-sm" variant="default" onClick={() => setAsked(rater)}>
                          {t("Let through…")}
                        </Button>
                      )
                    )}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {asked !== null && <QualifyModal slug={slug} rater={asked} onClose={() => setAsked(null)} />}
    </>
  );
}

interface QualifyModalProps {
  readonly slug: string;
  readonly rater: Trainee;
  readonly onClose: () => void;
}

function QualifyModal({ slug, rater, onClose }: QualifyModalProps) {
  const { qualify } = useQualityActions(slug);
  const submit = (reason: string) =>
    act(
      qualify,
      { user_id: rater.user.id, reason },
      { onSuccess: onClose, onError: (error) => notifyFailure(error, t("Not changed")) },
    );
  return (
    <ReasonModal
      title={t("Let {{name}} work without the training?", { name: rater.user.name })}
      description={t("Kept on record")}
      verb={t("Let through")}
      loading={qualify.isPending}
      onSubmit={submit}
      onClose={onClose}
    />
  );
}
