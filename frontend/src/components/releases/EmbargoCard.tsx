import { Badge, Button, Card, Checkbox, Group, Modal, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { t } from "@/i18n";
import type { ReleaseDetail } from "@/api/types";
import { act } from "@/components/common/act";
import { confirm } from "@/components/common/confirm";
import { notifyFailure } from "@/components/common/notify";
import { type Custodian, type Embargo, useCustody, useEmbargo } from "@/state/custody";
import { formatDate, formatDateTime } from "@/state/format";

const STATES = {
  asked: { name: t("Asked"), color: "amber" },
  accepted: { name: t("Custodian"), color: "green" },
  declined: { name: t("Declined"), color: "gray" },
  ended: { name: t("No longer"), color: "gray" },
} as const;

interface CardProps {
  readonly release: ReleaseDetail;
  readonly embargo: Embargo;
}

/** The sealed part of a release: who keeps it, its opening, and who has read of it. Managers and custodians see it. */
export function EmbargoCard({ release }: { readonly release: ReleaseDetail }) {
  const embargo = useEmbargo(release.id).data;
  if (embargo === undefined) return null;
  const { locked_until: until, opened_at: opened, custodians } = embargo;
  if (until === null && opened === null && custodians.length === 0) return null;
  return (
    <Card padding="lg" component="section" aria-label={t("Embargo")} data-testid="embargo">
      <Title order={2} mb="sm">
        {t("Embargo")}
      </Title>
      <Text mb="sm">{standing(embargo)}</Text>
      {custodians.length > 0 && (
        <Stack gap="xs" mb="sm">
          {custodians.map((row) => (
            <CustodianRow key={row.id} release={release} embargo={embargo} row={row} />
          ))}
        </Stack>
      )}
      {until !== null && <Acts release={release} embargo={embargo} />}
      <Accesses embargo={embargo} />
    </Card>
  );
}

/** How the part stands, in a sentence. */
function standing({ locked_until: until, opened_at: opened, in_custody: kept }: Embargo): string {
  if (opened !== null) return t("Two custodians opened the sealed part on {{at}}.", { at: formatDateTime(opened) });
  if (until === null) return t("The sealed part is open.");
  if (kept) {
    return t("Sealed until {{day}}. Only its custodians read it until then; two of them can open it before.", {
      day: formatDate(until),
    });
  }
  return t("Sealed until {{day}}. Managers read it as long as it has no custodian.", { day: formatDate(until) });
}

function CustodianRow({ release, embargo, row }: CardProps & { readonly row: Custodian }) {
  const { reply, end } = useCustody(release.id);
  const onError = (error: Error) => notifyFailure(error, t("Not changed"));
  const asked = row.state === "asked" && embargo.locked_until !== null;
  return (
    <Group gap="xs" data-testid="custodian">
      <Text fw={600}>{row.name}</Text>
      <Badge color={STATES[row.state].color} tt="none">
        {STATES[row.state].name}
      </Badge>
      {row.confirmed_at !== null && (
        <Badge color="amber" tt="none">
          {t("Has confirmed the opening")}
        </Badge>
      )}
      {asked && row.mine && (
        <>
          <Button
            size="xs"
            onClick={() =>
              confirm({
                title: t("Become a custodian of the sealed part?"),
                body: t(
                  "You read it from now on, and each time is on record. Managers who are no custodians do not read it any more, and nobody can undo that.",
                ),
                verb: t("Become a custodian"),
                onConfirm: () => act(reply, { custodian: row.id, accept: true }, { onError }),
              })
            }
          >
            {t("Accept")}
          </Button>
          <Button
            size="xs"
            variant="default"
            onClick={() => act(reply, { custodian: row.id, accept: false }, { onError })}
          >
            {t("Decline")}
          </Button>
        </>
      )}
      {asked && row.may_take_back && (
        <Button size="xs" variant="default" onClick={() => act(end, row.id, { onError })}>
          {t("Take back")}
        </Button>
      )}
    </Group>
  );
}

function Acts({ release, embargo }: CardProps) {
  const { open, end } = useCustody(release.id);
  const [naming, form] = useDisclosure();
  const mine = embargo.custodians.find((row) => row.mine && row.state === "accepted");
  const onError = (error: Error) => notifyFailure(error, t("Not changed"));
  return (
    <Group gap="xs">
      {mine?.confirmed_at === null && (
        <Button
          size="xs"
          onClick={() =>
            confirm({
              title: t("Open the sealed part?"),
              body: t(
                "You confirm for yourself. It opens once a second custodian confirms within 7 days, and cannot be sealed again.",
              ),
              verb: t("Confirm the opening"),
              danger: true,
              onConfirm: () => act(open, true, { onError }),
            })
          }
        >
          {t("Confirm the opening")}
        </Button>
      )}
      {mine !== undefined && mine.confirmed_at !== null && (
        <Button size="xs" variant="default" onClick={() => act(open, false, { onError })}>
          {t("Take my confirmation back")}
        </Button>
      )}
      {(embargo.may_name || mine !== undefined) && (
        <Button size="xs" variant="default" onClick={form.open}>
          {t("Name a custodian")}
        </Button>
      )}
      {mine !== undefined && (
        <Button
          size="xs"
          variant="default"
          onClick={() =>
            confirm({
              title: t("Leave as custodian?"),
              body: t("You read the sealed part no longer. The other custodian names who comes next."),
              verb: t("Leave"),
              danger: true,
              onConfirm: () => act(end, mine.id, { onError }),
            })
          }
        >
          {t("Leave")}
        </Button>
      )}
      {naming && <NameForm release={release} embargo={embargo} keeps={mine !== undefined} onClose={form.close} />}
    </Group>
  );
}

interface FormProps extends CardProps {
  readonly keeps: boolean;
  readonly onClose: () => void;
}

function NameForm({ release, embargo, keeps, onClose }: FormProps) {
  const { name } = useCustody(release.id);
  const [email, setEmail] = useState("");
  const [instead, setInstead] = useState(!embargo.may_name);
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    act(
      name,
      { email: email.trim(), instead_of_me: instead },
      { onSuccess: onClose, onError: (error) => notifyFailure(error, t("Nobody was asked")) },
    );
  };
  return (
    <Modal opened onClose={onClose} title={t("Name a custodian")}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">
            {t(
              "Whoever accepts keeps the sealed part. From the first custodian on, managers who are none do not read it any more, and nobody can undo that.",
            )}
          </Text>
          <TextInput
            label={t("E-mail of their account")}
            description={t("Also somebody from outside the project, but nobody who rates in it.")}
            type="email"
            data-autofocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          {keeps && (
            <Checkbox
              label={t("In my place")}
              description={t("You keep your place until they accept.")}
              checked={instead}
              disabled={!embargo.may_name}
              onChange={(event) => setInstead(event.currentTarget.checked)}
            />
          )}
          <Group justify="flex-end">
            <Button type="submit" disabled={email.trim() === ""} loading={name.isPending}>
              {t("Ask them")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** What stands in the record, in words: an archive or a case has its own name. */
function read(what: string): string {
  if (what === "files") return t("Counts and list of files");
  return what === "statistics" ? t("Statistics") : what;
}

function Accesses({ embargo: { accesses } }: { readonly embargo: Embargo }) {
  if (accesses.length === 0) return null;
  return (
    <Table mt="md" fz="sm" data-testid="sealed-accesses">
      <Table.Caption>{t("Who read of the sealed part while it was sealed")}</Table.Caption>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("When")}</Table.Th>
          <Table.Th>{t("Who")}</Table.Th>
          <Table.Th>{t("What")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {accesses.map(({ name, what, created_at: at }) => (
          <Table.Tr key={`${name} ${what} ${at}`}>
            <Table.Td>{formatDateTime(at)}</Table.Td>
            <Table.Td>{name}</Table.Td>
            <Table.Td>{read(what)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
