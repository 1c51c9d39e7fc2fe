import { Anchor, Badge, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { t } from "@/i18n";
import { QueryState } from "@/components/common/QueryState";
import { useChallenges } from "@/state/challenges";
import { ChallengeForm } from "./ChallengeForm";

interface ReleaseChallengesProps {
  readonly releaseId: string;
  readonly manager: boolean;
}

/** The challenges on a release, on its page. */
export function ReleaseChallenges({ releaseId, manager }: ReleaseChallengesProps) {
  const query = useChallenges(releaseId);
  const [drafting, form] = useDisclosure();
  return (
    <Card padding="lg" component="section" aria-label={t("Challenges")}>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{t("Challenges")}</Title>
        {manager && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={14} />}
            onClick={form.open}
            data-testid="new-challenge"
          >
            {t("New")}
          </Button>
        )}
      </Group>
      <QueryState query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <Text c="dimmed">{t("None on this release.")}</Text>
          ) : (
            <Stack gap="xs">
              {rows.map(({ id, title, opened_at: opened }) => (
                <Group key={id} gap="xs">
                  <Anchor component={Link} to={`/challenges/${id}`}>
                    {title}
                  </Anchor>
                  {opened === null && <Badge color="gray">{t("Draft")}</Badge>}
                </Group>
              ))}
            </Stack>
          )
        }
      </QueryState>
      <ChallengeForm release={releaseId} opened={drafting} onClose={form.close} />
    </Card>
  );
}
