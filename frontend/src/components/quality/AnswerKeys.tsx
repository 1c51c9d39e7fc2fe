import { answered, decimal, t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
import { act } from "@/components/common/act";
import { Badge, Button, Group, Table, Text } from "@mantine/core";
import type { ProjectQuality } from "@/api/types";
import { ActionsHead } from "@/components/common/ActionsHead";
import { confirm } from "@/components/common/confirm";
import { TextLink } from "@/components/common/links";
import { notifyFailure } from "@/components/common/notify";
import { LookLink } from "@/components/viewing/LookLink";
import { useQualityActions } from "@/state/quality";

interface AnswerKeysProps {
  readonly slug: string;
  readonly quality: ProjectQuality;
}

/** The cases whose answer is known, and how the hidden exercises made so far went. */
export function AnswerKeys({ slug, quality: { answer_keys: rows, hidden } }: AnswerKeysProps) {
  const { dropKey } = useQualityActions(slug);
  return (
    <>
      <Group gap="lg" mb="sm">
        {hidden.map(({ purpose, ready, in_hand: inHand, scored, mean_dice: dice }) => (
          <Text size="sm" key={purpose}>
            <Rich
              text="<1>{{purpose}}</1>: {{scored}} scored<2/>, {{inHand}} in hand, {{ready}} ready"
              values={{ purpose: purpose === "gold" ? t("Gold cases") : t("Repeats"), scored, inHand, ready }}
              parts={[
                (inner) => <b>{inner}</b>,
                dice !== null && t(", mean Dice {{dice}}", { dice: decimal(dice.toFixed(3)) }),
              ]}
            />
          </Text>
        ))}
      </Group>
      {rows.length === 0 ? (
        <Text c="dimmed">{t("None yet. Open an accepted case and use it for training, or as a gold case.")}</Text>
      ) : (
        <Table.ScrollContainer minWidth={560}>
          <Table verticalSpacing="xs" data-testid="answer-keys">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("Case")}</Table.Th>
                <Table.Th>{t("For")}</Table.Th>
                <Table.Th ta="right">{t("Vertebrae")}</Table.Th>
                <Table.Th ta="right">{t("With a grade")}</Table.Th>
                <Table.Th ta="right">{t("Done by raters")}</Table.Th>
                <Table.Th ta="right">{t("Mean Dice")}</Table.Th>
                <ActionsHead />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row) => (
                <Table.Tr key={row.id}>
                  <Table.Td>
                    <TextLink fw={600} size="sm" to="/cases/$id" params={{ id: row.case_id }}>
                      {row.case_alias}
                    </TextLink>
                  </Table.Td>
                  <Table.Td>
                    <Badge color={row.purpose === "gold" ? "amber" : "petrol"}>{answered(row.purpose)}</Badge>
                  </Table.Td>
                  <Table.Td ta="right">{row.vertebrae}</Table.Td>
                  <Table.Td ta="right">{row.graded}</Table.Td>
                  <Table.Td ta="right">{row.given}</Table.Td>
                  <Table.Td ta="right">{decimal(row.mean_dice?.toFixed(3)) ?? "–"}</Table.Td>
                  <Table.Td ta="right">
                    <LookLink
                      caseId={row.case_id}
                      label={t("Look at {{case_alias}}", { case_alias: row.case_alias })}
                    />
                    <Button
                      size="compact-sm"
                      variant="subtle"
                      color="gray"
                      onClick={() =>
                        confirm({
                          title: t("Stop using {{case_alias}}?", { case_alias: row.case_alias }),
                          body: t("No new copies are made. What raters did before stays."),
                          verb: t("Stop"),
                          onConfirm: () => act(dropKey, row.id, { onError: (error) => notifyFailure(error) }),
                        })
                      }
                    >
                      {t("Stop")}
                    </Button>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </>
  );
}
