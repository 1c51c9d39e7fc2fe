import { Alert, Badge, Button, Group, Stack, Table, Text } from "@mantine/core";
import { IconArrowUp } from "@tabler/icons-react";
import { t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
import type { ModelRegistry, Training } from "@/api/types";
import { certaintyOf, countOf, outcomeRows, reasonsOf, type OutcomeRow } from "./outcome";
import { usePromotion } from "./usePromotion";

interface OutcomeProps {
  readonly slug: string;
  readonly training: Training;
  readonly registry: ModelRegistry;
}

/** What came out of a training: figures against the weights it started from, and the act that puts it to use. */
export function TrainingOutcome({ slug, training, registry }: OutcomeProps) {
  const { outcome } = training;
  const rows = outcomeRows(outcome);
  const certainty = certaintyOf(outcome);
  if (rows.length === 0) return null;
  return (
    <Stack gap="sm" mt="sm" data-testid="training-outcome">
      <OutcomeTable rows={rows} />
      {certainty !== "" && <Text size="sm">{certainty}</Text>}
      <SelfTrained outcome={outcome} />
      {outcome.notes.map((note) => (
        <Text key={note} size="sm" c="dimmed">
          {note}
        </Text>
      ))}
      {training.result === null ? (
        <Alert color="amber" variant="light">
          {t(
            "Nothing did better than the weights in use, so that no model was made. More cases, of more patients, or more steps may help.",
          )}
        </Alert>
      ) : (
        <UseIt slug={slug} id={training.result} registry={registry} />
      )}
    </Stack>
  );
}

function OutcomeTable({ rows }: { readonly rows: readonly OutcomeRow[] }) {
  return (
    <Table.ScrollContainer minWidth={300}>
      <Table verticalSpacing={4} maw={760} aria-label={t("What was learnt, on held-out cases")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={170}>{t("On held-out cases")}</Table.Th>
            <Table.Th w={120}>{t("Measured")}</Table.Th>
            <Table.Th ta="right">{t("Before")}</Table.Th>
            <Table.Th ta="right">{t("After")}</Table.Th>
            <Table.Th>{t("Kept")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{rows.map((row) => tableRows(row))}</Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function tableRows({ network, name, better, reason, figures }: OutcomeRow) {
  const lines = figures.length === 0 ? [{ name: t("Not measured"), before: "–", after: "–" }] : figures;
  return lines.map((line, at) => (
    <Table.Tr key={`${network} ${line.name}`}>
      <Table.Td>{at === 0 ? name : ""}</Table.Td>
      <Table.Td>{line.name}</Table.Td>
      <Table.Td ta="right" className="tabular">
        {line.before}
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {line.after}
      </Table.Td>
      <Table.Td>
        {at === 0 && (
          <>
            <Badge color={better ? "green" : "gray"}>{better ? t("Yes") : t("No")}</Badge>
            {reason !== "" && (
              <Text size="xs" c="dimmed">
                {reason}
              </Text>
            )}
          </>
        )}
      </Table.Td>
    </Table.Tr>
  ));
}

function SelfTrained({ outcome }: { readonly outcome: Training["outcome"] }) {
  const found = outcome.self_training;
  if (found === null) return null;
  const vertebrae = found.learnt_from.reduce((sum, one) => sum + one.vertebrae, 0);
  return (
    <div>
      <Text size="sm">
        <Rich
          text="Of {{cases}} that nobody had drawn {{learnt_from}} were learnt from<1/>."
          values={{ cases: countOf(found.cases, "case"), learnt_from: found.learnt_from.length }}
          parts={[vertebrae > 0 && t(" ({{vertebrae}} vertebrae)", { vertebrae })]}
        />
      </Text>
      {reasonsOf(found.left_out).map(({ reason, cases }) => (
        <Text key={reason} size="xs" c="dimmed">
          {t("{{cases}} left out: {{reason}}", { cases: countOf(cases, "case"), reason })}
        </Text>
      ))}
    </div>
  );
}

function UseIt({
  slug,
  id,
  registry,
}: {
  readonly slug: string;
  readonly id: string;
  readonly registry: ModelRegistry;
}) {
  const model = registry.models.find((one) => one.id === id);
  const { ask, pending } = usePromotion(slug);
  if (model === undefined) return null;
  if (model.state === "current") return <Text size="sm">{t("This model is in use for new runs.")}</Text>;
  return (
    <Group gap="sm">
      <Button
        size="xs"
        leftSection={<IconArrowUp size={14} />}
        onClick={() => ask(model)}
        disabled={!model.comparable}
        loading={pending}
        data-testid="use-for-new-runs"
      >
        {t("Use for new runs")}
      </Button>
      {!model.comparable && (
        <Text size="xs" c="dimmed">
          {t("Once it has been compared with the model in use, on cases that neither has seen.")}
        </Text>
      )}
    </Group>
  );
}
