import { Alert, Button, Card, Group, List, Progress, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { answered, decimal, t } from "@/i18n";
import { messageOf } from "@/api/errors";
import type { Protocol, Simulation } from "@/api/types";
import { act } from "@/components/common/act";
import { count, formatMinutes, formatNumber } from "@/state/format";
import { useSimulation } from "@/state/simulation";
import { agreementText, basisText, unknownText, weeksText } from "./simulationText";

interface SimulationCardProps {
  readonly slug: string;
  readonly protocol: Protocol;
}

/** Lets the next 100 cases go through the protocol as it stands on the page, before it is saved. */
export function SimulationCard({ slug, protocol }: SimulationCardProps) {
  const simulation = useSimulation(slug);
  const asked = JSON.stringify(protocol);
  const found = simulation.data?.of === asked ? simulation.data.found : null;
  return (
    <Card padding="lg">
      <Stack>
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <div>
            <Title order={2}>{t("Try it on the next 100 cases")}</Title>
            <Text size="sm" c="dimmed" maw={640}>
              {t(
                "Who would do what, when it would be done and what it would cost, drawn from the active minutes that each stage took so far. Nothing is changed by it.",
              )}
            </Text>
          </div>
          <Button
            leftSection={<IconFlask size={16} />}
            variant="default"
            onClick={() => act(simulation, protocol, { onError: () => undefined })}
            loading={simulation.isPending}
            data-testid="simulate"
          >
            {t("Simulate")}
          </Button>
        </Group>
        <div aria-live="polite">
          {simulation.error !== null && <Alert color="red">{messageOf(simulation.error)}</Alert>}
          {found !== null && <Found found={found} />}
        </div>
      </Stack>
    </Card>
  );
}

function Found({ found }: { readonly found: Simulation }) {
  const unknown = unknownText(found);
  return (
    <Stack data-testid="simulated">
      {unknown !== null && <Alert color="amber">{unknown}</Alert>}
      {found.goes.length > 0 && <Goes goes={found.goes} />}
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Figure
          label={t("Active time of all cases")}
          value={found.minutes === null ? "–" : formatMinutes(found.minutes)}
        />
        <Figure label={t("Done after")} value={weeksText(found)} />
      </SimpleGrid>
      <StageTable stages={found.stages} />
      <PersonTable people={found.people} />
      <OverlapTable found={found} />
      <Text size="xs" c="dimmed">
        {t(
          "From {{futures}} futures. Cases do not wait for each other in it, a review sends none back, and hidden exercises and holidays are not counted.",
          { futures: found.futures },
        )}
      </Text>
    </Stack>
  );
}

function Figure({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text fw={600}>{value}</Text>
    </div>
  );
}

function Goes({ goes }: { readonly goes: Simulation["goes"] }) {
  return (
    <Alert color="amber" title={t("Work in stages that you take out")} data-testid="stages-that-go">
      <List size="sm">
        {goes.map((stage) => (
          <List.Item key={stage.key}>
            {t("{{title}}: {{cases}}, {{inHand}} in hand, {{handedIn}} submitted, {{free}} free", {
              title: answered(stage.title),
              cases: count(stage.cases, "case"),
              inHand: stage.in_hand,
              handedIn: stage.handed_in,
              free: stage.free,
            })}
          </List.Item>
        ))}
      </List>
      <Text size="sm">{t("When you save, you are asked what becomes of it.")}</Text>
    </Alert>
  );
}

function StageTable({ stages }: Pick<Simulation, "stages">) {
  return (
    <Table.ScrollContainer minWidth={520}>
      <Table data-testid="simulated-stages">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Stage")}</Table.Th>
            <Table.Th ta="right">{t("Tasks")}</Table.Th>
            <Table.Th ta="right">{t("Each")}</Table.Th>
            <Table.Th ta="right">{t("Together")}</Table.Th>
            <Table.Th>{t("Drawn from")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {stages.map((stage) => (
            <Table.Tr key={stage.key}>
              <Table.Td>
                {answered(stage.title)}
                {stage.unfilled > 0 && (
                  <Text size="xs" c="red">
                    {t("{{unfilled}} places that nobody may take", { unfilled: formatNumber(stage.unfilled) })}
                  </Text>
                )}
              </Table.Td>
              <Table.Td ta="right">{formatNumber(stage.tasks)}</Table.Td>
              <Table.Td ta="right">{minutes(stage.minutes_each)}</Table.Td>
              <Table.Td ta="right">{stage.minutes === null ? "–" : formatMinutes(stage.minutes)}</Table.Td>
              <Table.Td>{basisText(stage)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const minutes = (value: number | null): string =>
  value === null ? "–" : t("{{minutes}} min", { minutes: decimal(value.toFixed(1)) });

function PersonTable({ people }: Pick<Simulation, "people">) {
  if (people.length === 0) return null;
  const most = Math.max(...people.map((person) => person.weeks ?? 0));
  return (
    <Table.ScrollContainer minWidth={520}>
      <Table data-testid="simulated-people">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Person")}</Table.Th>
            <Table.Th ta="right">{t("Tasks")}</Table.Th>
            <Table.Th ta="right">{t("Active time")}</Table.Th>
            <Table.Th>{t("A week of theirs")}</Table.Th>
            <Table.Th>{t("Busy for")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {people.map((person) => (
            <Table.Tr key={person.id}>
              <Table.Td>{person.name}</Table.Td>
              <Table.Td ta="right">{formatNumber(person.tasks)}</Table.Td>
              <Table.Td ta="right">{formatMinutes(person.minutes)}</Table.Td>
              <Table.Td>
                {person.weekly_minutes === null ? t("Not known") : formatMinutes(person.weekly_minutes)}
                {person.weekly_minutes !== null && !person.observed && (
                  <Text size="xs" c="dimmed">
                    {t("as the others'")}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                {person.weeks === null ? (
                  "–"
                ) : (
                  <>
                    <Text size="sm">{t("{{weeks}} weeks", { weeks: decimal(person.weeks.toFixed(1)) })}</Text>
                    <Progress value={most > 0 ? (100 * person.weeks) / most : 0} size="xs" aria-hidden="true" />
                  </>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function OverlapTable({ found }: { readonly found: Simulation }) {
  return (
    <div>
      <Title order={3} size="sm" mb={4}>
        {t("What more raters cost and buy")}
      </Title>
      <Text size="xs" c="dimmed">
        {agreementText(found)}
      </Text>
      <Table.ScrollContainer minWidth={420}>
        <Table data-testid="simulated-overlaps">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Raters for each case")}</Table.Th>
              <Table.Th ta="right">{t("Active time of a case")}</Table.Th>
              <Table.Th ta="right">{t("Expected agreement (Dice)")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {found.overlaps.map((row) => (
              <Table.Tr key={row.overlap} {...(row.current && { fw: 600 })}>
                <Table.Td>{row.current ? t("{{overlap}} (as here)", { overlap: row.overlap }) : row.overlap}</Table.Td>
                <Table.Td ta="right">{minutes(row.minutes_per_case)}</Table.Td>
                <Table.Td ta="right">{row.agreement === null ? "–" : decimal(row.agreement.toFixed(3))}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </div>
  );
}
