import { Card, Group, List, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { t } from "@/i18n";
import type { Home } from "@/api/types";
import { ButtonLink, TextLink } from "@/components/common/links";
import { StepList } from "@/components/common/StepList";
import { listed } from "@/components/projects/FirstSteps";
import { stepsOf } from "@/components/projects/firstSteps";
import { formatNumber } from "@/state/format";
import { stuckLines } from "./stuck";

const PATHS = {
  quarantine: "/projects/$slug/quarantine",
  jobs: "/projects/$slug/jobs",
  cases: "/projects/$slug/cases",
  progress: "/projects/$slug/progress",
  guidelines: "/projects/$slug/guidelines",
} as const;

type Managed = Home["managed"][number];

/** What a new project still needs; of one that runs, what goes no further by itself. */
export function ManagedProjects({ managed }: { readonly managed: readonly Managed[] }) {
  if (managed.length === 0) return null;
  return (
    <section aria-labelledby="managed-title">
      <Title order={2} id="managed-title" mb="sm">
        {t("Projects that I manage")}
      </Title>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        {managed.map((row) => (
          <ManagedCard key={row.project.slug} row={row} />
        ))}
      </SimpleGrid>
    </section>
  );
}

function ManagedCard({ row }: { readonly row: Managed }) {
  const { slug, name } = row.project;
  const steps = stepsOf(row);
  const stuck = stuckLines(row.stuck);
  return (
    <Card padding="lg" data-testid={`managed-${slug}`}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <Text fw={600} fz="lg">
            <TextLink inherit to="/projects/$slug" params={{ slug }}>
              {name}
            </TextLink>
          </Text>
          <Text size="sm" c="dimmed" className="tabular">
            {t("{{accepted}} of {{cases}} cases accepted", {
              accepted: formatNumber(row.counts.accepted),
              cases: formatNumber(row.counts.cases),
            })}
          </Text>
        </Group>
        {steps.length > 0 && <StepList steps={listed(steps, slug)} />}
        {stuck.length > 0 && (
          <div data-testid={`stuck-${slug}`}>
            <Text size="sm" fw={600} mb={4}>
              {t("Stuck")}
            </Text>
            <List size="sm">
              {stuck.map(({ key, text, path, report }) => (
                <List.Item key={key}>
                  <TextLink to={PATHS[path]} params={{ slug }} hash={report ?? ""} data-testid={`stuck-${key}`}>
                    {text}
                  </TextLink>
                </List.Item>
              ))}
            </List>
          </div>
        )}
        {steps.length === 0 && stuck.length === 0 && (
          <Text size="sm" c="dimmed">
            {t("Nothing is stuck.")}
          </Text>
        )}
        <Group gap="xs">
          <ButtonLink to="/projects/$slug/cases" params={{ slug }} variant="light" size="xs">
            {t("Cases")}
          </ButtonLink>
          <ButtonLink to="/projects/$slug/upload" params={{ slug }} variant="light" size="xs">
            {t("Upload CTs")}
          </ButtonLink>
          <ButtonLink to="/projects/$slug/progress" params={{ slug }} variant="light" size="xs">
            {t("Progress")}
          </ButtonLink>
        </Group>
      </Stack>
    </Card>
  );
}
