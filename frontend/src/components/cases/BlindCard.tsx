import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Alert, Button, Group, List, Stack, Text } from "@mantine/core";
import { IconEyeOff } from "@tabler/icons-react";
import { useState } from "react";
import type { CaseDetail } from "@/api/types";
import { notifyFailure } from "@/components/common/notify";
import { ReasonModal } from "@/components/common/ReasonModal";
import { formatDateTime } from "@/state/format";
import { useUnblind } from "@/state/quality";

/** In a double-blind project: that names are hidden, who has asked for them, and the way to ask. */
export function BlindCard({ detail }: { readonly detail: CaseDetail }) {
  const [asking, setAsking] = useState(false);
  const { names_hidden: hidden, unblindings } = detail;
  if (!hidden && unblindings.length === 0) return null;
  return (
    <Alert icon={<IconEyeOff />} color="amber" title={hidden ? t("Names are hidden") : t("Names were asked for")}>
      <Stack gap="xs">
        {hidden && (
          <Text size="sm">
            {t("This project is double blind: people are letters until somebody says why names are needed.")}
          </Text>
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
              {t("Show the names…")}
            </Button>
          </Group>
        )}
      </Stack>
      {asking && <UnblindModal caseId={detail.id} onClose={() => setAsking(false)} />}
    </Alert>
  );
}

function UnblindModal({ caseId, onClose }: { readonly caseId: string; readonly onClose: () => void }) {
  const unblind = useUnblind(caseId);
  return (
    <ReasonModal
      title={t("Show the names of this case?")}
      verb={t("Show the names")}
      danger
      loading={unblind.isPending}
      onSubmit={(reason) => act(unblind, reason, { onSuccess: onClose, onError: (error) => notifyFailure(error) })}
      onClose={onClose}
    >
      <Text size="sm">
        {t("Your reason and the time go into the record, where everybody who follows the case reads them.")}
      </Text>
    </ReasonModal>
  );
}
