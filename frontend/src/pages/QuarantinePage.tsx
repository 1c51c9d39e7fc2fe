import { Badge, Button, Card, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { IconDownload, IconShieldCheck } from "@tabler/icons-react";
import { useState } from "react";
import type { Quarantined } from "@/api/types";
import { Message } from "@/components/common/Message";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { RequireRole } from "@/components/projects/RequireRole";
import { useSlug } from "@/components/projects/useSlug";
import { formatBytes, formatRelative } from "@/state/format";
import { uploadFileUrl, useQuarantine, useResolveUpload } from "@/state/imaging";

export function QuarantinePage() {
  const slug = useSlug();
  return (
    <RequireRole slug={slug} roles={["manager"]}>
      <PageHeader
        title="Quarantine"
        description="Files that could not be used, with the reason. They are kept as they were sent, still with all that names the patient, and only managers can reach them."
      />
      <QuarantineList slug={slug} />
    </RequireRole>
  );
}

function QuarantineList({ slug }: { readonly slug: string }) {
  const uploads = useQuarantine(slug);
  const [open, setOpen] = useState<Quarantined | null>(null);
  return (
    <>
      <QueryState query={uploads}>
        {(rows) =>
          rows.length === 0 ? (
            <Message icon={<IconShieldCheck />} color="green" title="Nothing in quarantine">
              Every file that was uploaded could be read.
            </Message>
          ) : (
            <Stack gap="sm" data-testid="quarantine-list">
              {rows.map((upload) => (
                <QuarantineRow key={upload.id} upload={upload} onResolve={() => setOpen(upload)} />
              ))}
            </Stack>
          )
        }
      </QueryState>
      <ResolveModal slug={slug} upload={open} onClose={() => setOpen(null)} />
    </>
  );
}

function QuarantineRow({ upload, onResolve }: { readonly upload: Quarantined; readonly onResolve: () => void }) {
  return (
    <Card padding="md" data-testid="quarantined">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Stack gap={4} style={{ minWidth: 0 }}>
          <Group gap="xs">
            <Text fw={600} className="mono" style={{ wordBreak: "break-all" }}>
              {upload.relative_path || upload.name}
            </Text>
            <Badge color="amber">{upload.reason_code.replaceAll("_", " ")}</Badge>
          </Group>
          <Text>{upload.reason}</Text>
          <Text size="sm" c="dimmed">
            {formatBytes(upload.size_bytes)}
            {` · uploaded ${formatRelative(upload.created_at)}`}
          </Text>
        </Stack>
        <Group gap="xs" wrap="nowrap">
          <Button
            component="a"
            href={uploadFileUrl(upload.id)}
            download={upload.name}
            variant="default"
            leftSection={<IconDownload size={15} />}
          >
            Download
          </Button>
          <Button variant="light" onClick={onResolve} data-testid="resolve">
            Resolve
          </Button>
        </Group>
      </Group>
    </Card>
  );
}

interface ResolveModalProps {
  readonly slug: string;
  readonly upload: Quarantined | null;
  readonly onClose: () => void;
}

function ResolveModal({ slug, upload, onClose }: ResolveModalProps) {
  const resolve = useResolveUpload(slug);
  const [note, setNote] = useState("");
  const submit = () => {
    if (upload === null) return;
    resolve.mutate(
      { id: upload.id, note },
      {
        onSuccess: () => {
          notifyDone(`${upload.name} is settled.`);
          setNote("");
          onClose();
        },
        onError: (error) => notifyFailure(error),
      },
    );
  };
  return (
    <Modal opened={upload !== null} onClose={onClose} title="Take it out of the list">
      <Stack>
        <Text size="sm">
          <b>{upload?.name}</b> leaves this list and stays on record with your note. To use the scan after all, mend the
          file and upload it again.
        </Text>
        <Textarea
          label="What was done about it"
          placeholder="Exported again from the archive with all slices"
          autosize
          minRows={2}
          data-autofocus
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button onClick={submit} disabled={note.trim() === ""} loading={resolve.isPending}>
            Resolve
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
