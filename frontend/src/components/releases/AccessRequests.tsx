import { Badge, Button, Card, Group, NumberInput, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import type { ReleaseDetail } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { QueryState } from "@/components/common/QueryState";
import { ReasonModal } from "@/components/common/ReasonModal";
import { formatDate } from "@/state/format";
import { type AccessRequest, useAccessRequests, useAnswers } from "@/state/publishing";
import { useConfig } from "@/state/session";

const STATES = {
  unconfirmed: { name: t("Not confirmed"), color: "gray" },
  asked: { name: t("Waiting"), color: "amber" },
  granted: { name: t("Granted"), color: "green" },
  refused: { name: t("Refused"), color: "gray" },
  revoked: { name: t("Taken back"), color: "red" },
} as const;

/** Who has asked for the files, and the answers of the managers. */
export function AccessRequests({ release }: { readonly release: ReleaseDetail }) {
  const query = useAccessRequests(release.id);
  return (
    <Card padding="lg" data-testid="access-requests">
      <Title order={2} mb="sm">
        {t("Requests for access")}
      </Title>
      <QueryState query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <Text c="dimmed">{t("Nobody has asked.")}</Text>
          ) : (
            <Stack gap="md">
              {rows.map((row) => (
                <RequestRow key={row.id} release={release} row={row} />
              ))}
            </Stack>
          )
        }
      </QueryState>
    </Card>
  );
}

function RequestRow({ release, row }: { readonly release: ReleaseDetail; readonly row: AccessRequest }) {
  return (
    <div>
      <Group gap="xs">
        <Text fw={600}>{row.name}</Text>
        <Text size="sm">{row.institution}</Text>
        <Badge color={STATES[row.state].color} tt="none">
          {STATES[row.state].name}
        </Badge>
      </Group>
      <Text size="sm" c="dimmed">
        {row.email} · {formatDate(row.created_at)}
        {row.state === "granted" &&
          row.expires_at !== null &&
          t(" · until {{until}}", { until: formatDate(row.expires_at) })}
      </Text>
      <Text size="sm">{row.purpose}</Text>
      {row.reason !== "" && (
        <Text size="sm" c="dimmed">
          {row.reason}
        </Text>
      )}
      <Answers release={release} row={row} />
    </div>
  );
}

function Answers({ release, row }: { readonly release: ReleaseDetail; readonly row: AccessRequest }) {
  const { grant, refuse, revoke } = useAnswers(release.id);
  const [days, setDays] = useState(90);
  const [saying, setSaying] = useState<"refuse" | "revoke" | null>(null);
  const { data: config } = useConfig();
  const told =
    config?.sends_mail === false
      ? t("Answered. This site sends no e-mail: tell them.")
      : t("They are told it by e-mail.");
  const failed = (error: Error) => notifyFailure(error, t("Not answered"));
  const say = (reason: string) => {
    const said = { request: row.id, reason };
    const onSuccess = () => {
      setSaying(null);
      notifyDone(told);
    };
    act(saying === "revoke" ? revoke : refuse, said, { onSuccess, onError: failed });
  };
  return (
    <Group gap="xs" mt="xs" align="flex-end">
      {row.state === "asked" && (
        <>
          <NumberInput
            size="xs"
            w={110}
            label={t("Days")}
            min={1}
            max={730}
            value={days}
            onChange={(value) => setDays(Number(value) || 1)}
          />
          <Button
            size="xs"
            loading={grant.isPending}
            onClick={() =>
              act(grant, { request: row.id, days }, { onSuccess: () => notifyDone(told), onError: failed })
            }
          >
            {t("Grant")}
          </Button>
          <Button size="xs" variant="default" onClick={() => setSaying("refuse")}>
            {t("Refuse")}
          </Button>
        </>
      )}
      {row.state === "granted" && (
        <Button size="xs" variant="default" onClick={() => setSaying("revoke")}>
          {t("Take back")}
        </Button>
      )}
      {saying !== null && (
        <ReasonModal
          title={saying === "revoke" ? t("Take the access back?") : t("Refuse the request?")}
          description={t("Whoever asked is told it.")}
          verb={saying === "revoke" ? t("Take back") : t("Refuse")}
          danger={saying === "revoke"}
          loading={refuse.isPending || revoke.isPending}
          onSubmit={say}
          onClose={() => setSaying(null)}
        />
      )}
    </Group>
  );
}
