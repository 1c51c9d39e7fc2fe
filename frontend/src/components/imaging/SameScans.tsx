import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Alert, Button, Card, Group, Stack, Text } from "@mantine/core";
import { IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import type { SameScan, SameScanAnswer } from "@/api/types";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { QueryFailure } from "@/components/common/QueryState";
import { ReasonModal } from "@/components/common/ReasonModal";
import { Thumbnail } from "@/components/common/Thumbnail";
import { LookAtCt } from "@/components/viewing/LookLink";
import { count, formatRelative } from "@/state/format";
import { useAnswerSameScan, useOpenSameScans } from "@/state/imaging";

interface Choice {
  readonly answer: SameScanAnswer;
  readonly verb: string;
  readonly body: (pair: SameScan) => string;
}

const nameOf = ({ pseudonym, number }: SameScan["first"]) =>
  t("{{pseudonym}}, series {{number}}", { pseudonym, number });

const merged = ({ first, second }: SameScan) =>
  first.pseudonym === second.pseudonym
    ? ""
    : t(
        " {{pseudonym}} and {{pseudonym2}} become one patient, {{pseudonym2}}, now and for later uploads. This cannot be undone.",
        { pseudonym: second.pseudonym, pseudonym2: first.pseudonym },
      );

const CHOICES: readonly Choice[] = [
  {
    answer: "keep_out",
    verb: t("Same scan, keep one"),
    body: (pair) =>
      t("{{second}} is kept out of tasks and releases.{{pair}}", { second: nameOf(pair.second), pair: merged(pair) }),
  },
  {
    answer: "keep_both",
    verb: t("Same scan, keep both"),
    body: (pair) => t("Both stay in the data set, always in the same split.{{pair}}", { pair: merged(pair) }),
  },
  {
    answer: "different",
    verb: t("Two patients"),
    body: (pair) =>
      t("{{first}} and {{second}} stay two patients, and may come to lie in different splits.", {
        first: nameOf(pair.first),
        second: nameOf(pair.second),
      }),
  },
];

/** Scans that came in twice and nobody has judged yet: until then no release can be drafted with both. */
export function SameScans({ slug }: { readonly slug: string }) {
  const query = useOpenSameScans(slug);
  const [asked, setAsked] = useState<{ pair: SameScan; choice: Choice } | null>(null);
  const { data } = query;
  if (query.isError && data === undefined) {
    return <QueryFailure error={query.error} retry={() => void query.refetch()} />;
  }
  if (data === undefined || data.length === 0) return null;
  return (
    <Alert
      color="amber"
      icon={<IconCopy />}
      mb="md"
      title={
        data.length === 1 ? t("The same scan came in twice") : t("{{data}} scans came in twice", { data: data.length })
      }
      data-testid="same-scans"
    >
      <Stack gap="sm">
        <Text size="sm">
          {t(
            "All voxels are equal, although the files name other series or another patient. If it is one patient, one split must hold both. No release takes {{suchPairs}} until you say what they are.",
            { suchPairs: count(data.length, "such pair") },
          )}
        </Text>
        {data.map((pair) => (
          <Card key={pair.id} padding="sm" data-testid="same-scan">
            <Group justify="space-between" align="center">
              <Group gap="lg">
                <Scan scan={pair.first} />
                <Text c="dimmed" aria-hidden="true">
                  =
                </Text>
                <Scan scan={pair.second} />
              </Group>
              <Group gap="xs">
                {CHOICES.map((choice) => (
                  <Button key={choice.answer} size="xs" variant="default" onClick={() => setAsked({ pair, choice })}>
                    {choice.verb}
                  </Button>
                ))}
              </Group>
            </Group>
          </Card>
        ))}
      </Stack>
      {asked !== null && <AnswerModal slug={slug} {...asked} onClose={() => setAsked(null)} />}
    </Alert>
  );
}

function Scan({ scan }: { readonly scan: SameScan["first"] }) {
  return (
    <Group gap="xs" wrap="nowrap">
      <Thumbnail
        url={scan.thumbnail_url}
        alt={t("Sagittal preview of {{scan}}", { scan: nameOf(scan) })}
        width={48}
        height={64}
      />
      <div>
        <Text size="sm" fw={600}>
          {nameOf(scan)}
        </Text>
        <Text size="xs" c="dimmed">
          {t("{{source_format}}, added {{created_at}}", {
            source_format: scan.source_format === "dicom" ? "DICOM" : "NIfTI",
            created_at: formatRelative(scan.created_at),
          })}
        </Text>
        <LookAtCt seriesId={scan.series_id} label={t("Look at {{scan}}", { scan: nameOf(scan) })} />
      </div>
    </Group>
  );
}

interface AnswerModalProps {
  readonly slug: string;
  readonly pair: SameScan;
  readonly choice: Choice;
  readonly onClose: () => void;
}

function AnswerModal({ slug, pair, choice, onClose }: AnswerModalProps) {
  const answer = useAnswerSameScan(slug);
  const submit = (note: string) =>
    act(
      answer,
      { id: pair.id, answer: choice.answer, note },
      {
        onSuccess: () => {
          notifyDone(t("The answer is kept."));
          onClose();
        },
        onError: (error) => notifyFailure(error),
      },
    );
  return (
    <ReasonModal
      title={choice.verb}
      label={t("How you know")}
      placeholder={t("The archive sent the study twice")}
      verb={choice.verb}
      loading={answer.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <Text size="sm">{choice.body(pair)}</Text>
    </ReasonModal>
  );
}
