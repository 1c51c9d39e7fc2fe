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
            <b>{purpose === "gold" ? "Gold cases" : "Repeats"}</b>: {scored} scored
            {dice !== null && `, mean Dice ${dice.toFixed(3)}`}, {inHand} in hand, {ready} ready
          </Text>
        ))}
      </Group>
      {rows.length === 0 ? (
        <Text c="dimmed">None yet. Open an accepted case and use it for training, or as a gold case.</Text>
      ) : (
        <Table.ScrollContainer minWidth={560}>
          <Table verticalSpacing="xs" data-testid="answer-keys">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Case</Table.Th>
                <Table.Th>For</Table.Th>
                <Table.Th ta="right">Vertebrae</Table.Th>
                <Table.Th ta="right">With a grade</Table.Th>
                <Table.Th ta="right">Done by raters</Table.Th>
                <Table.Th ta="right">Mean Dice</Table.Th>
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
                    <Badge color={row.purpose === "gold" ? "amber" : "petrol"}>{row.purpose}</Badge>
                  </Table.Td>
                  <Table.Td ta="right">{row.vertebrae}</Table.Td>
                  <Table.Td ta="right">{row.graded}</Table.Td>
                  <Table.Td ta="right">{row.given}</Table.Td>
                  <Table.Td ta="right">{row.mean_dice?.toFixed(3) ?? "–"}</Table.Td>
                  <Table.Td ta="right">
                    <LookLink caseId={row.case_id} label={`Look at ${row.case_alias}`} />
                    <Button
                      size="compact-sm"
                      variant="subtle"
                      color="gray"
                      onClick={() =>
                        confirm({
                          title: `Stop using ${row.case_alias}?`,
                          body: "No new copies are made. What raters did before stays.",
                          verb: "Stop",
                          onConfirm: () => act(dropKey, row.id, { onError: (error) => notifyFailure(error) }),
                        })
                      }
                    >
                      Stop
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
