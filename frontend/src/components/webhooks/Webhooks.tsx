import { Alert, Badge, Button, Card, Code, CopyButton, Group, Stack, Text, Title } from "@mantine/core";
import { IconKey, IconWebhook } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import type { Webhook } from "@/api/types";
import { act } from "@/components/common/act";
import { confirm } from "@/components/common/confirm";
import { Message } from "@/components/common/Message";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { QueryState } from "@/components/common/QueryState";
import { formatRelative } from "@/state/format";
import { useWebhookActions, useWebhooks } from "@/state/webhooks";
import { Deliveries } from "./Deliveries";
import { WebhookForm } from "./WebhookForm";

/** Other programs that are told what happens in the project. */
export function Webhooks({ slug }: { readonly slug: string }) {
  const webhooks = useWebhooks(slug);
  const { add } = useWebhookActions(slug);
  const [adding, setAdding] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Stack maw={860}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" className="acts-below">
        <Text size="sm" c="dimmed">
          {t(
            "Another program hears within a minute what happens here, such as a case that was accepted. It is told of no rater, mask or grade, and never who acted. What it does not take is sent again for a day and a half.",
          )}
        </Text>
        {!adding && (
          <Button onClick={() => setAdding(true)} data-testid="webhook-add" style={{ flex: "none" }}>
            {t("Add a webhook")}
          </Button>
        )}
      </Group>
      {secret !== null && <Secret secret={secret} onClose={() => setSecret(null)} />}
      {adding && (
        <Card padding="lg">
          <WebhookForm
            slug={slug}
            initial={{ address: "", events: [] }}
            verb={t("Add")}
            pending={add.isPending}
            onCancel={() => setAdding(false)}
            onSubmit={(said) =>
              act(add, said, {
                onSuccess: (made) => {
                  setSecret(made.secret);
                  setAdding(false);
                },
                onError: (error) => notifyFailure(error, t("Not added")),
              })
            }
          />
        </Card>
      )}
      <QueryState query={webhooks}>
        {(rows) =>
          rows.length === 0 && !adding ? (
            <Message icon={<IconWebhook />} title={t("No program is told")}>
              {t(
                "Add the address of a program of yours. The guide of the Python client shows how to receive messages.",
              )}
            </Message>
          ) : (
            <>
              {rows.map((webhook) => (
                <WebhookCard key={webhook.id} slug={slug} webhook={webhook} onSecret={setSecret} />
              ))}
            </>
          )
        }
      </QueryState>
    </Stack>
  );
}

function Secret({ secret, onClose }: { readonly secret: string; readonly onClose: () => void }) {
  return (
    <Alert
      icon={<IconKey />}
      color="petrol"
      title={t("Copy the secret now: it is not shown again")}
      onClose={onClose}
      withCloseButton
      closeButtonLabel={t("I have copied it")}
      data-testid="webhook-secret"
    >
      <Text size="sm" mb="xs">
        {t("The other program checks with it that a message is from this site.")}
      </Text>
      <Group gap="xs">
        <Code style={{ wordBreak: "break-all" }}>{secret}</Code>
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button size="compact-xs" onClick={copy}>
              {copied ? t("Copied") : t("Copy")}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Alert>
  );
}

interface CardProps {
  readonly slug: string;
  readonly webhook: Webhook;
  readonly onSecret: (secret: string) => void;
}

function WebhookCard({ slug, webhook, onSecret }: CardProps) {
  const { change } = useWebhookActions(slug);
  const [editing, setEditing] = useState(false);
  const { id, address, events, active } = webhook;
  return (
    <Card padding="lg" data-testid="webhook">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <div style={{ minWidth: 0, flex: 1 }}>
            <Title order={3} style={{ overflowWrap: "anywhere" }}>
              {address}
            </Title>
            <Text size="sm" c="dimmed">
              {summary(webhook)}
            </Text>
          </div>
          <StateBadge webhook={webhook} />
        </Group>
        {webhook.paused && (
          <Alert color="red" title={t("Paused: five messages in a row were not taken")}>
            {t("See below why. When the other program is back, send one of them again: the rest follows.")}
          </Alert>
        )}
        {editing ? (
          <WebhookForm
            slug={slug}
            initial={{ address, events }}
            verb={t("Save")}
            pending={change.isPending}
            onCancel={() => setEditing(false)}
            onSubmit={(said) =>
              act(
                change,
                { id, active, ...said },
                {
                  onSuccess: () => setEditing(false),
                  onError: (error) => notifyFailure(error, t("Not saved")),
                },
              )
            }
          />
        ) : (
          <Actions slug={slug} webhook={webhook} onSecret={onSecret} onEdit={() => setEditing(true)} />
        )}
        <Deliveries slug={slug} id={id} active={active} />
      </Stack>
    </Card>
  );
}

function Actions({ slug, webhook, onSecret, onEdit }: CardProps & { readonly onEdit: () => void }) {
  const { change, remove, renew, tryOut } = useWebhookActions(slug);
  const { id, address, events, active } = webhook;
  const onError = (error: unknown) => notifyFailure(error);
  const askSecret = () =>
    confirm({
      title: t("Make another secret?"),
      body: t("Messages are signed with it from now on; the former signs nothing any more."),
      verb: t("Make another"),
      onConfirm: () => act(renew, id, { onSuccess: (made) => onSecret(made.secret), onError }),
    });
  const askRemove = () =>
    confirm({
      title: t("Remove this webhook?"),
      body: t("{{address}} is told nothing more, and the list of what was sent is deleted.", { address }),
      verb: t("Remove"),
      danger: true,
      onConfirm: () => act(remove, id, { onError }),
    });
  const ping = () => act(tryOut, id, { onSuccess: () => notifyDone(t("A message that says ping was sent.")), onError });
  return (
    <Group gap="xs">
      <Button size="xs" variant="default" onClick={ping} loading={tryOut.isPending} disabled={!active}>
        {t("Try it")}
      </Button>
      <Button size="xs" variant="default" onClick={onEdit}>
        {t("Change")}
      </Button>
      <Button
        size="xs"
        variant="default"
        loading={change.isPending}
        onClick={() => act(change, { id, address, events, active: !active }, { onError })}
      >
        {active ? t("Switch off") : t("Switch on")}
      </Button>
      <Button size="xs" variant="default" onClick={askSecret} loading={renew.isPending}>
        {t("Another secret")}
      </Button>
      <Button size="xs" variant="subtle" color="red" onClick={askRemove} loading={remove.isPending}>
        {t("Remove")}
      </Button>
    </Group>
  );
}

function StateBadge({ webhook }: { readonly webhook: Webhook }) {
  if (!webhook.active) return <Badge color="gray">{t("Off")}</Badge>;
  if (webhook.paused) return <Badge color="red">{t("Paused")}</Badge>;
  return <Badge color="green">{t("On")}</Badge>;
}

function summary({ events, waiting, given_up, last_sent_at }: Webhook): string {
  const told = events.length === 1 ? t("1 event") : t("{{events}} events", { events: events.length });
  const last =
    last_sent_at === null
      ? t("never reached")
      : t("last reached {{last_sent_at}}", { last_sent_at: formatRelative(last_sent_at) });
  const rest = [
    waiting > 0 && t("{{waiting}} waiting", { waiting }),
    given_up > 0 && t("{{given_up}} given up", { given_up }),
  ].filter(Boolean);
  return [told, last, ...rest].join(" · ");
}
