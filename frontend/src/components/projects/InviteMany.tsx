import {
  Alert,
  Button,
  Code,
  CopyButton,
  Group,
  List,
  Modal,
  Progress,
  Select,
  Stack,
  Text,
  Textarea,
} from "@mantine/core";
import { IconCheck, IconCopy, IconUsersPlus } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import { messageOf } from "@/api/errors";
import type { Role } from "@/api/types";
import { ROLE_OPTIONS } from "@/components/common/badges";
import { count } from "@/state/format";
import { useGroupChoice } from "@/state/groups";
import { useInvitationActions } from "@/state/invitations";
import { addressesIn, type Addresses } from "./addresses";
import { GroupSelect } from "./GroupSelect";

/** What became of one address. */
interface Outcome {
  readonly email: string;
  /** Null where it was mailed, or could not be made. */
  readonly link: string | null;
  readonly error: string | null;
}

/** Offers the same role to many people at once. */
export function InviteMany({ slug }: { readonly slug: string }) {
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button
        variant="subtle"
        size="compact-sm"
        leftSection={<IconUsersPlus size={16} />}
        onClick={() => setOpened(true)}
        data-testid="invite-many"
      >
        {t("Invite many at once")}
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={t("Invite many at once")} size="lg">
        <ManyForm slug={slug} onDone={() => setOpened(false)} />
      </Modal>
    </>
  );
}

function ManyForm({ slug, onDone }: { readonly slug: string; readonly onDone: () => void }) {
  const { invite } = useInvitationActions(slug);
  const choice = useGroupChoice(slug);
  const [text, setText] = useState("");
  const [role, setRole] = useState<Role>("rater");
  const [outcomes, setOutcomes] = useState<readonly Outcome[] | null>(null);
  const [working, setWorking] = useState(false);
  const read = addressesIn(text);
  const inviteAll = async () => {
    setWorking(true);
    const done: Outcome[] = [];
    for (const email of read.emails) {
      try {
        const { link } = await invite.mutateAsync({ email, role, ...(choice.id !== null && { group_id: choice.id }) });
        done.push({ email, link, error: null });
      } catch (error) {
        done.push({ email, link: null, error: messageOf(error) });
      }
      setOutcomes([...done]);
    }
    setWorking(false);
  };
  if (outcomes !== null) {
    return <Outcomes outcomes={outcomes} total={read.emails.length} working={working} onDone={onDone} />;
  }
  return (
    <Stack>
      <Textarea
        label={t("E-mail addresses")}
        description={t("One in a line, with or without names, or as a mail program or a table has them.")}
        placeholder={t("anna@hospital.org\nBert Berg <bert@hospital.org>")}
        rows={8}
        value={text}
        onChange={({ currentTarget: { value } }) => setText(value)}
        data-testid="many-addresses"
      />
      <Faults read={read} />
      <Select
        label={t("Role for all")}
        allowDeselect={false}
        data={ROLE_OPTIONS}
        value={role}
        onChange={(value) => setRole((value as Role | null) ?? "rater")}
      />
      <GroupSelect choice={choice} label={t("Group that all join")} placeholder={t("None")} data-testid="many-group" />
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          {t("Cancel")}
        </Button>
        <Button disabled={read.emails.length === 0} onClick={() => void inviteAll()} data-testid="invite-all">
          {read.emails.length === 0
            ? t("Invite")
            : t("Invite {{people}}", { people: count(read.emails.length, "person", "people") })}
        </Button>
      </Group>
    </Stack>
  );
}

function Faults({ read }: { readonly read: Addresses }) {
  if (read.faults.length === 0) return null;
  return (
    <Alert color="amber" title={t("These lines are left out")} data-testid="address-faults">
      <List size="sm">
        {read.faults.map(({ line, text, why }) => (
          <List.Item key={`${line} ${text}`}>{t("Line {{line}}: {{text}} {{why}}.", { line, text, why })}</List.Item>
        ))}
      </List>
    </Alert>
  );
}

interface OutcomesProps {
  readonly outcomes: readonly Outcome[];
  readonly total: number;
  readonly working: boolean;
  readonly onDone: () => void;
}

function Outcomes({ outcomes, total, working, onDone }: OutcomesProps) {
  const failed = outcomes.filter(({ error }) => error !== null);
  const links = outcomes.filter(({ link }) => link !== null);
  const table = links.map(({ email, link }) => `${email}\t${link ?? ""}`).join("\n");
  return (
    <Stack>
      {working && <Progress value={(100 * outcomes.length) / total} animated aria-label={t("Invited so far")} />}
      <Text size="sm" role="status">
        {t("{{peopleWere}} invited{{links}}", {
          peopleWere: count(outcomes.length - failed.length, "person was", "people were"),
          links:
            links.length === 0
              ? "."
              : t("; for {{people}} the site sent no e-mail.", { people: count(links.length, "person", "people") }),
        })}
      </Text>
      {failed.length > 0 && (
        <Alert color="red" title={t("Not invited")}>
          <List size="sm">
            {failed.map(({ email, error }) => (
              <List.Item key={email}>
                {email}: {error}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {links.length > 0 && (
        <>
          <Text size="sm">
            {t("Give each person their own link, by a channel that only they read. The links are not shown again.")}
          </Text>
          <Code
            block
            mah={220}
            tabIndex={0}
            style={{ overflow: "auto", wordBreak: "break-all", whiteSpace: "pre-wrap" }}
          >
            {table}
          </Code>
        </>
      )}
      <Group justify="flex-end">
        {links.length > 0 && (
          <CopyButton value={table}>
            {({ copied, copy }) => (
              <Button
                variant="default"
                leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
                onClick={copy}
              >
                {copied ? t("Copied") : t("Copy the links")}
              </Button>
            )}
          </CopyButton>
        )}
        <Button onClick={onDone} disabled={working}>
          {t("Done")}
        </Button>
      </Group>
    </Stack>
  );
}
