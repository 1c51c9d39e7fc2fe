import { Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { t } from "@/i18n";
import type { CaseDetail } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyFailure } from "@/components/common/notify";
import { concernName } from "@/domain/concerns";
import { useCaseActions } from "@/state/cases";
import { formatDateTime } from "@/state/format";

/** What people told of their tasks on the case, until the manager has dealt with it. */
export function ConcernCard({ detail }: { readonly detail: CaseDetail }) {
  const { settleConcern } = useCaseActions(detail.id, detail.project_slug);
  if (detail.concerns.length === 0) return null;
  return (
    <Card padding="lg" data-testid="concerns">
      <Title order={2} mb="xs">
        {t("What you were told")}
      </Title>
      <Stack gap="sm">
        {detail.concerns.map(({ id, rater, stage_title: stage, concern, text, gave_back: gaveBack, at }) => (
          <Group key={id} justify="space-between" wrap="nowrap" align="flex-start" className="acts-below">
            <div>
              <Text size="sm">
                <strong>{concernName(concern)}</strong>
                {text !== "" && `: “${text}”`}
              </Text>
              <Text size="xs" c="dimmed">
                {rater.name}, {stage} · {formatDateTime(at)}
                {gaveBack ? t(" · gave the task back") : t(" · keeps the task")}
              </Text>
            </div>
            <Button
              size="xs"
              variant="default"
              onClick={() => act(settleConcern, id, { onError: (error) => notifyFailure(error, t("Not noted")) })}
              data-testid="settle-concern"
            >
              {t("Dealt with")}
            </Button>
          </Group>
        ))}
      </Stack>
    </Card>
  );
}
