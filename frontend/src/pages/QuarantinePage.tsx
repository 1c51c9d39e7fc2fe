import { answered, answeredReasons, t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
import { act } from "@/components/common/act";
import { Badge, Button, Card, Group as Row, Stack, Text } from "@mantine/core";
import { IconDownload, IconShieldCheck } from "@tabler/icons-react";
import { useState } from "react";
import type { Quarantined } from "@/api/types";
import { Message } from "@/components/common/Message";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { ReasonModal } from "@/components/common/ReasonModal";
import { RequireRole } from "@/components/projects/RequireRole";
import { useSlug } from "@/components/projects/useSlug";
import { groupRefusals, type RefusalGroup, shownName } from "@/components/upload/refusals";
import { RefusedFiles } from "@/components/upload/RefusedFiles";
import { count, formatBytes, formatDate, formatRelative } from "@/state/format";
import { uploadFileUrl, useQuarantine, useResolveUpload } from "@/state/imaging";

type Group = RefusalGroup<Quarantined>;

const titleOf = ({ files }: Group): string => (files.length === 1 ? shownName(files[0]) : count(files.length, "file"));

export function QuarantinePage() {
  const slug = useSlug();
  return (
    <RequireRole slug={slug} roles={["manager"]}>
      <PageHeader
        title={t("Quarantine")}
        description={t(
          "Files that could not be used, with the reason. They are kept as they were sent, still with all that names the patient, and only managers can reach them. On the date shown they are deleted.",
        )}
      />
      <QuarantineList slug={slug} />
    </RequireRole>
  );
}

function QuarantineList({ slug }: { readonly slug: string }) {
  const uploads = useQuarantine(slug);
  const [open, setOpen] = useState<Group | null>(null);
  return (
    <>
      <QueryState query={uploads}>
        {(rows) =>
          rows.length === 0 ? (
            <Message icon={<IconShieldCheck />} color="green" title={t("Nothing in quarantine")}>
              {t("Files that cannot be used come here, each with its reason.")}
            </Message>
          ) : (
            <Stack gap="sm" data-testid="quarantine-list">
              {groupRefusals(rows).map((group) => (
                <QuarantineRow key={group.key} group={group} onResolve={() => setOpen(group)} />
              ))}
            </Stack>
          )
        }
      </QueryState>
      {open !== null && <ResolveModal slug={slug} group={open} onClose={() => setOpen(null)} />}
    </>
  );
}

function QuarantineRow({ group, onResolve }: { readonly group: Group; readonly onResolve: () => void }) {
  const [first, ...others] = group.files;
  const size = group.files.reduce((sum, file) => sum + file.size_bytes, 0);
  return (
    <Card padding="md" data-testid="quarantined">
      <Row justify="space-between" align="flex-start" wrap="nowrap" className="acts-below">
        <Stack gap={4} style={{ minWidth: 0 }}>
          <Row gap="xs">
            <Text fw={600} className={others.length === 0 ? "mono" : ""} style={{ wordBreak: "break-all" }}>
              {titleOf(group)}
            </Text>
            <Badge color="amber">{group.reasonCode.replaceAll("_", " ")}</Badge>
          </Row>
          {group.alike && <Text>{answeredReasons(group.reason)}</Text>}
          {group.advice !== "" && <Text>{answered(group.advice)}</Text>}
          {others.length > 0 && <RefusedFiles group={group} download />}
          <Text size="sm" c="dimmed">
            {formatBytes(size)}
            {t(" · uploaded {{created_at}}", { created_at: formatRelative(first.created_at) })}
            {first.raw_until !== null &&
              t(" · deleted by itself on {{raw_until}}", { raw_until: formatDate(first.raw_until) })}
          </Text>
        </Stack>
        <Row gap="xs" wrap="nowrap">
          {others.length === 0 && (
            <Button
              component="a"
              href={uploadFileUrl(first.id)}
              download={first.name}
              variant="default"
              leftSection={<IconDownload size={15} />}
            >
              {t("Download")}
            </Button>
          )}
          <Button variant="light" onClick={onResolve} data-testid="resolve">
            {t("Resolve")}
          </Button>
        </Row>
      </Row>
    </Card>
  );
}

interface ResolveModalProps {
  readonly slug: string;
  readonly group: Group;
  readonly onClose: () => void;
}

function ResolveModal({ slug, group, onClose }: ResolveModalProps) {
  const resolve = useResolveUpload(slug);
  const submit = (note: string) =>
    act(
      resolve,
      { id: group.files[0].id, note, alike: group.files.length > 1 },
      {
        onSuccess: () => {
          notifyDone(t("{{group}} settled.", { group: titleOf(group) }));
          onClose();
        },
        onError: (error) => notifyFailure(error),
      },
    );
  return (
    <ReasonModal
      title={t("Take it out of the list")}
      label={t("What was done about it")}
      placeholder={t("Exported again from the archive with all slices")}
      verb={t("Delete and resolve")}
      danger
      loading={resolve.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <Text size="sm">
        <Rich
          text="<1>{{group}}</1> will be deleted from the server with its name, as both may name the patient; your note stays on record: name no patient in it. To use a scan after all, mend the files and upload them again."
          values={{ group: titleOf(group) }}
          parts={[(inner) => <b>{inner}</b>]}
        />
      </Text>
    </ReasonModal>
  );
}
