import { Card, List, SimpleGrid, Text, Title } from "@mantine/core";
import { t } from "@/i18n";
import type { Home } from "@/api/types";
import { TextLink } from "@/components/common/links";
import { formatDate } from "@/state/format";

/** The newest releases and challenges of the projects where somebody is a researcher. */
export function Research({ releases, challenges }: Pick<Home, "releases" | "challenges">) {
  return (
    <section aria-labelledby="research-title" data-testid="research">
      <Title order={2} id="research-title" mb="sm">
        {t("Data for research")}
      </Title>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Card padding="lg">
          <Text fw={600} mb={6}>
            {t("Releases")}
          </Text>
          {releases.length === 0 && (
            <Text size="sm" c="dimmed">
              {t("Nothing has been released yet.")}
            </Text>
          )}
          <List size="sm" spacing={4}>
            {releases.map(({ id, project, title, version, frozen_at: at }) => (
              <List.Item key={id}>
                <TextLink to="/releases/$id" params={{ id }}>
                  {title} {version}
                </TextLink>
                <Text size="xs" c="dimmed">
                  {project.name}, {formatDate(at)}
                </Text>
              </List.Item>
            ))}
          </List>
        </Card>
        <Card padding="lg">
          <Text fw={600} mb={6}>
            {t("Challenges")}
          </Text>
          {challenges.length === 0 && (
            <Text size="sm" c="dimmed">
              {t("No challenge is open.")}
            </Text>
          )}
          <List size="sm" spacing={4}>
            {challenges.map(({ id, title, project }) => (
              <List.Item key={id}>
                <TextLink to="/challenges/$id" params={{ id }}>
                  {title}
                </TextLink>
                <Text size="xs" c="dimmed">
                  {project.name}
                </Text>
              </List.Item>
            ))}
          </List>
        </Card>
      </SimpleGrid>
    </section>
  );
}
