import { Alert, Card, Group, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconHistory } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import type { Batch } from "@/api/types";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryFailure } from "@/components/common/QueryState";
import { RequireRole } from "@/components/projects/RequireRole";
import { useSlug } from "@/components/projects/useSlug";
import { BatchPanel } from "@/components/upload/BatchPanel";
import { DropArea } from "@/components/upload/DropArea";
import { SendingPanel } from "@/components/upload/SendingPanel";
import { WaitingUploads } from "@/components/upload/WaitingUploads";
import { WithdrawButton } from "@/components/upload/WithdrawButton";
import { useUploadSession } from "@/components/upload/useUploadSession";
import { count, formatDate, formatRelative } from "@/state/format";
import { useBatches } from "@/state/imaging";

export function UploadPage() {
  const slug = useSlug();
  return (
    <RequireRole slug={slug} roles={["manager"]}>
      <PageHeader
        title={t("Upload")}
        description={t(
          "Each series is de-identified by an allow-list, converted, checked for geometry and handed to the engine.",
        )}
      />
      <UploadFlow slug={slug} />
    </RequireRole>
  );
}

function UploadFlow({ slug }: { readonly slug: string }) {
  const { session, state, waiting } = useUploadSession(slug);
  const [unfinished, setUnfinished] = useState<Batch | null>(null);
  switch (state.phase) {
    case "choosing":
      return (
        <Stack gap="lg">
          {state.problem !== null && (
            <Alert color="red" icon={<IconAlertTriangle />} title={t("The upload stopped")} role="alert">
              {state.problem}
            </Alert>
          )}
          <UnfinishedBatch slug={slug} chosen={unfinished} onChoose={setUnfinished} />
          <WaitingUploads session={session} waiting={waiting} stopped />
          <DropArea onFiles={(files) => void session.begin(files, unfinished)} />
          <RecentBatches slug={slug} />
        </Stack>
      );
    case "preparing":
    case "sending":
    case "incomplete":
      return (
        <Stack gap="lg">
          <SendingPanel session={session} state={state} />
          <WaitingUploads session={session} waiting={waiting} />
          <DropArea onFiles={(files) => void session.begin(files)} queued />
          <RecentBatches slug={slug} />
        </Stack>
      );
    case "handedOver":
      return (
        <BatchPanel
          slug={slug}
          batchId={state.batchId}
          onAgain={() => {
            setUnfinished(null);
            session.reset();
          }}
        />
      );
  }
}

interface UnfinishedBatchProps {
  readonly slug: string;
  readonly chosen: Batch | null;
  readonly onChoose: (batch: Batch | null) => void;
}

/** Offers to take up the latest upload that was broken off. */
function UnfinishedBatch({ slug, chosen, onChoose }: UnfinishedBatchProps) {
  const { data } = useBatches(slug);
  const latest = data?.find(({ state, uploads }) => state === "receiving" && uploads.length > 0);
  if (latest === undefined) return null;
  const arrived = latest.uploads.filter(({ size_bytes: size, offset_bytes: offset }) => size === offset).length;
  return (
    <Alert icon={<IconHistory />} color="petrol" title={t("An upload was broken off")}>
      <label style={{ display: "flex", gap: 8, alignItems: "flex-start" }}>
        <input
          type="checkbox"
          checked={chosen?.id === latest.id}
          onChange={(event) => onChoose(event.currentTarget.checked ? latest : null)}
        />
        <span>
          {t(
            "{{arrived}} of {{uploads}} files had arrived {{created_at}}. Tick this and drop the same files again to send only what is missing. Otherwise they are deleted on {{raw_until}}.",
            {
              arrived,
              uploads: latest.uploads.length,
              created_at: formatRelative(latest.created_at),
              raw_until: formatDate(latest.raw_until),
            },
          )}
        </span>
      </label>
      <WithdrawButton
        slug={slug}
        batch={latest}
        label={t("Delete what arrived")}
        size="xs"
        mt="xs"
        onWithdrawn={() => onChoose(null)}
      />
    </Alert>
  );
}

const STATE_WORDS: Partial<Record<Batch["state"], string>> = { processing: t("being processed"), failed: t("failed") };

function RecentBatches({ slug }: { readonly slug: string }) {
  const query = useBatches(slug);
  const [open, setOpen] = useState<string | null>(null);
  if (query.isError && query.data === undefined) {
    return <QueryFailure error={query.error} retry={() => void query.refetch()} />;
  }
  const done = (query.data ?? []).filter(({ state }) => state !== "receiving" && state !== "withdrawn").slice(0, 6);
  if (done.length === 0) return null;
  if (open !== null) return <BatchPanel slug={slug} batchId={open} onAgain={() => setOpen(null)} />;
  return (
    <section aria-labelledby="recent-title">
      <Title order={2} mb="sm" id="recent-title">
        {t("Earlier uploads")}
      </Title>
      <Stack gap="xs">
        {done.map((batch) => {
          const refused = batch.uploads.filter(({ state }) => state === "quarantined").length;
          return (
            <Card
              key={batch.id}
              component="button"
              type="button"
              ta="left"
              padding="sm"
              onClick={() => setOpen(batch.id)}
            >
              <Group justify="space-between">
                <Text size="sm">
                  {t("{{files}}, {{series}} series", {
                    files: count(batch.uploads.length, "file"),
                    series: batch.series.length,
                  })}
                  {refused > 0 && t(", {{refused}} in quarantine", { refused })}
                </Text>
                <Text size="sm" c="dimmed">
                  {STATE_WORDS[batch.state] ?? formatRelative(batch.created_at)}
                </Text>
              </Group>
            </Card>
          );
        })}
      </Stack>
    </section>
  );
}
