import { Alert, Card, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { t } from "@/i18n";
import type { MailWish as Wish } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyFailure } from "@/components/common/notify";
import { QueryState, RowsSkeleton } from "@/components/common/QueryState";
import { useChangeMailWish, useMailWish } from "@/state/account";

const CHOICES: { value: Wish["often"]; label: string }[] = [
  { value: "daily", label: t("Daily") },
  { value: "weekly", label: t("Weekly") },
  { value: "never", label: t("Never") },
];

/** How often somebody is told by mail what is new. */
export function MailWish() {
  const wish = useMailWish();
  const change = useChangeMailWish();
  const choose = (often: string) => {
    const chosen = CHOICES.find(({ value }) => value === often);
    if (chosen) act(change, chosen.value, { onError: (error) => notifyFailure(error, t("Not changed")) });
  };
  return (
    <Card padding="lg">
      <Title order={2} mb={4}>
        {t("E-mail")}
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        {t(
          "What is new: tasks, work that came back, what is due; for managers questions and quarantined files. Counts only, and no mail where nothing is new.",
        )}
      </Text>
      <QueryState query={wish} skeleton={<RowsSkeleton count={1} />}>
        {({ often, sends_mail, proved, address }) => (
          <Stack gap="sm">
            <SegmentedControl
              data={CHOICES}
              value={often}
              onChange={choose}
              aria-label={t("How often")}
              data-testid="mail-wish"
            />
            {!sends_mail && (
              <Text size="sm" c="dimmed">
                {t("This site sends no e-mail yet. Your choice holds once it does.")}
              </Text>
            )}
            {sends_mail && !proved && (
              <Alert color="yellow">
                {t(
                  "Nobody has shown yet that {{address}} is yours, so no mail goes there. Open the link that you were sent when the account was made, or ask whoever runs the site.",
                  { address },
                )}
              </Alert>
            )}
          </Stack>
        )}
      </QueryState>
    </Card>
  );
}
