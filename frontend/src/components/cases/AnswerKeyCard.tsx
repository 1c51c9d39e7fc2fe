import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, Card, Group, Text, Title } from "@mantine/core";
import type { CaseDetail } from "@/api/types";
import { confirm } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useQuality, useQualityActions } from "@/state/quality";

type Purpose = "training" | "gold";

const WORDS: Readonly<Record<Purpose, { add: string; told: string }>> = {
  training: {
    add: t("Use for training"),
    told: t("New raters get a copy of this case and see afterwards how their work differs from the accepted mask."),
  },
  gold: {
    add: t("Use as a gold case"),
    told: t("Raters who have never seen it get a copy among their work, and do not learn that its answer is known."),
  },
};

/** An accepted case has a known answer: new raters can learn from it, others can be measured by it. */
export function AnswerKeyCard({ detail }: { readonly detail: CaseDetail }) {
  const slug = detail.project_slug;
  const quality = useQuality(slug);
  const { setKey, dropKey } = useQualityActions(slug);
  if (detail.accepted_mask_id === null) return null;
  const keys = quality.data?.answer_keys.filter(({ case_id: id }) => id === detail.id) ?? [];
  const add = (purpose: Purpose) =>
    confirm({
      title: `${WORDS[purpose].add}?`,
      body: t("{{told}} The answer is the accepted mask with the agreed grades.", { told: WORDS[purpose].told }),
      verb: WORDS[purpose].add,
      onConfirm: () =>
        act(
          setKey,
          { case_id: detail.id, purpose, exclude: false },
          { onSuccess: () => notifyDone(t("Done.")), onError: (error) => notifyFailure(error) },
        ),
    });
  return (
    <Card padding="lg" component="section" aria-label={t("Known answer")}>
      <Title order={2} mb="xs">
        {t("Known answer")}
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        {t("Copies for training and quality control never count in releases.")}
      </Text>
      <Group gap="xs">
        {(["training", "gold"] as const).map((purpose) => {
          const key = keys.find((one) => one.purpose === purpose);
          return key === undefined ? (
            <Button key={purpose} size="xs" variant="default" onClick={() => add(purpose)}>
              {WORDS[purpose].add}
            </Button>
          ) : (
            <Button
              key={purpose}
              size="xs"
              variant="light"
              loading={dropKey.isPending}
              onClick={() => act(dropKey, key.id, { onError: (error) => notifyFailure(error) })}
            >
              {t("Stop using for {{purpose}}", { purpose })}
            </Button>
          );
        })}
      </Group>
    </Card>
  );
}
