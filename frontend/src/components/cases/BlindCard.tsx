import { Alert, Button, Group, List, Modal, Stack, Text, Textarea } from "@mantine/core";
import { IconEyeOff } from "@tabler/icons-react";
import { useState } from "react";
import type { CaseDetail } from "@/api/types";
import { notifyFailure } from "@/components/common/notify";
import { formatDateTime } from "@/state/format";
import { useUnblind } from "@/state/quality";

/** In a double-blind project: that names are hidden, who has asked for them, and the way to ask. */
export function BlindCard({ detail }: { readonly detail: CaseDetail }) {
  const [asking, setAsking] = useState(false);
  const { names_hidden: hidden, unblindings } = detail;
  if (!hidden && unblindings.length === 0) return null;
  return (
    <Alert icon={<IconEyeOff />} color="amber" title={hidden ? "Names are hidden" : "Names were asked for"}>
      <Stack gap="xs">
        {hidden && (
          <Text size="sm">This project is double blind: people are letters until somebody says why names are needed.</Text>
        )}
        {unblindings.length > 0 && (
          <List size="sm" data-testid="unblindings">
            {unblindings.map(({ name, reason, at }) => (
              <List.Item key={at}>
                {name}, {formatDateTime(at)}: {reason}
              </List.Item>
            ))}
          </List>
        )}
        {hidden && (
          <Group>
            <Button size="xs" variant="default" onClick={() => setAsking(true)} data-testid="unblind">
              Show the names…
            </Button>
          </Group>
        )}
      </Stack>
      <UnblindModal caseId={detail.id} opened={asking} onClose={() => setAsking(false)} />
    </Alert>
  );
}

interface UnblindModalProps {
  readonly caseId: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

function UnblindModal({ caseId, opened, onClose }: UnblindModalProps) {
  const unblind = useUnblind(caseId);
  const [reason, setReason] = useState("");
  return (
    <Modal opened={opened} onClose={onClose} title="Show the names of this case?">
      <Stack>
        <Text size="sm">Your reason and the time go into the record, where everybody who follows the case reads them.</Text>
        <Textarea
          label="Why"
          autosize
          minRows={2}
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            color="red"
            disabled={reason.trim() === ""}
            loading={unblind.isPending}
            onClick={() => unblind.mutate(reason, { onSuccess: onClose, onError: (error) => notifyFailure(error) })}
          >
            Show the names
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
