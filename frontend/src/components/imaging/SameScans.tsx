import { act } from "@/components/common/act";
import { Alert, Button, Card, Group, Stack, Text } from "@mantine/core";
import { IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import type { SameScan, SameScanAnswer } from "@/api/types";
import { notifyDone, notifyFailure } from "@/components/common/notify";
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

const nameOf = ({ pseudonym, number }: SameScan["first"]) => `${pseudonym}, series ${number}`;

const merged = ({ first, second }: SameScan) =>
  first.pseudonym === second.pseudonym
    ? ""
    : ` ${second.pseudonym} and ${first.pseudonym} become one patient, ${first.pseudonym}, now and for later uploads. This cannot be undone.`;

const CHOICES: readonly Choice[] = [
  {
    answer: "keep_out",
    verb: "Same scan, keep one",
    body: (pair) => `${nameOf(pair.second)} is kept out of tasks and releases.${merged(pair)}`,
  },
  {
    answer: "keep_both",
    verb: "Same scan, keep both",
    body: (pair) => `Both stay in the data set, always in the same split.${merged(pair)}`,
  },
  {
    answer: "different",
    verb: "Two patients",
    body: (pair) =>
      `${nameOf(pair.first)} and ${nameOf(pair.second)} stay two patients, and may come to lie in different splits.`,
  },
];

/** Scans that came in twice and nobody has judged yet: until then no release can be drafted with both. */
export function SameScans({ slug }: { readonly slug: string }) {
  const { data } = useOpenSameScans(slug);
  const [asked, setAsked] = useState<{ pair: SameScan; choice: Choice } | null>(null);
  if (data === undefined || data.length === 0) return null;
  return (
    <Alert
      color="amber"
      icon={<IconCopy />}
      mb="md"
      title={data.length === 1 ? "The same scan came in twice" : `${data.length} scans came in twice`}
      data-testid="same-scans"
    >
      <Stack gap="sm">
        <Text size="sm">
          All voxels are equal, although the files name other series or another patient. If it is one patient, one split
          must hold both. No release takes {count(data.length, "such pair")} until you say what they are.
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
      <Thumbnail url={scan.thumbnail_url} alt={`Sagittal preview of ${nameOf(scan)}`} width={48} height={64} />
      <div>
        <Text size="sm" fw={600}>
          {nameOf(scan)}
        </Text>
        <Text size="xs" c="dimmed">
          {scan.source_format === "dicom" ? "DICOM" : "NIfTI"}, added {formatRelative(scan.created_at)}
        </Text>
        <LookAtCt seriesId={scan.series_id} label={`Look at ${nameOf(scan)}`} />
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
          notifyDone("The answer is kept.");
          onClose();
        },
        onError: (error) => notifyFailure(error),
      },
    );
  return (
    <ReasonModal
      title={choice.verb}
      label="How you know"
      placeholder="The archive sent the study twice"
      verb={choice.verb}
      loading={answer.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <Text size="sm">{choice.body(pair)}</Text>
    </ReasonModal>
  );
}
