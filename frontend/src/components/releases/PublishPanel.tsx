import {
  Alert,
  Button,
  Card,
  Checkbox,
  Group,
  Image,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { IconExternalLink, IconWorldUpload } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import type { ReleaseDetail } from "@/api/types";
import { act } from "@/components/common/act";
import { confirm } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { QueryState } from "@/components/common/QueryState";
import { ReasonModal } from "@/components/common/ReasonModal";
import { formatDateTime } from "@/state/format";
import { type Publication, usePublication, usePublishing } from "@/state/publishing";
import { AccessRequests } from "./AccessRequests";

interface PanelProps {
  readonly release: ReleaseDetail;
  readonly publication: Publication;
}

/** A manager's last step with a frozen release: its page, and from when on it is open. */
export function PublishPanel({ release }: { readonly release: ReleaseDetail }) {
  const query = usePublication(release.id);
  return (
    <QueryState query={query}>
      {(publication) => (
        <Stack gap="lg">
          <StandingCard release={release} publication={publication} />
          {publication.standing !== "withdrawn" && (
            <PageCard key={JSON.stringify(publication.pictures)} release={release} publication={publication} />
          )}
          <AccessRequests release={release} />
        </Stack>
      )}
    </QueryState>
  );
}

/** How the release stands, in a sentence. */
function standingText({ standing, published_at: at, withdrawn_at: gone }: Publication): string {
  if (standing === "withdrawn") return t("Withdrawn on {{at}}.", { at: formatDateTime(gone ?? "") });
  if (standing === "published") return t("Published since {{at}}.", { at: formatDateTime(at ?? "") });
  if (standing === "planned") return t("Will be published on {{at}}.", { at: formatDateTime(at ?? "") });
  return t("Not published: only the managers of the project see this release.");
}

function StandingCard({ release, publication }: PanelProps) {
  const { takeBack, withdraw } = usePublishing(release.id);
  const [withdrawing, setWithdrawing] = useState(false);
  const { standing } = publication;
  return (
    <Card padding="lg">
      <Title order={2} mb="sm">
        {t("Publishing")}
      </Title>
      <Text mb="sm" data-testid="standing">
        {standingText(publication)}
      </Text>
      {publication.withdrawn_reason !== "" && <Text size="sm">{publication.withdrawn_reason}</Text>}
      {(standing === "unpublished" || standing === "planned") && <PublishForm release={release} />}
      {standing === "planned" && (
        <Button
          variant="default"
          mt="sm"
          style={{ alignSelf: "flex-start" }}
          loading={takeBack.isPending}
          onClick={() =>
            act(takeBack, undefined, {
              onSuccess: () => notifyDone(t("It will not be published by itself.")),
              onError: (error) => notifyFailure(error, t("Not taken back")),
            })
          }
        >
          {t("Do not publish then")}
        </Button>
      )}
      {standing === "published" && (
        <Button
          variant="default"
          style={{ alignSelf: "flex-start" }}
          onClick={() => setWithdrawing(true)}
          data-testid="withdraw"
        >
          {t("Withdraw")}
        </Button>
      )}
      {withdrawing && (
        <ReasonModal
          title={t("Withdraw {{title}} {{version}}?", { title: release.title, version: release.version })}
          description={t("Its page tells it to everybody.")}
          verb={t("Withdraw for good")}
          danger
          loading={withdraw.isPending}
          onClose={() => setWithdrawing(false)}
          onSubmit={(reason) =>
            act(withdraw, reason, {
              onSuccess: () => {
                setWithdrawing(false);
                notifyDone(t("The release is withdrawn."));
              },
              onError: (error) => notifyFailure(error, t("Not withdrawn")),
            })
          }
        >
          <Text size="sm">
            {t(
              "The files are given out no longer, to nobody, and every link to them is closed. The page with the citation stays.",
            )}
          </Text>
        </ReasonModal>
      )}
    </Card>
  );
}

function PublishForm({ release }: { readonly release: ReleaseDetail }) {
  const { publish } = usePublishing(release.id);
  const [at, setAt] = useState("");
  const ask = () =>
    confirm({
      title: t("Publish {{title}} {{version}}?", { title: release.title, version: release.version }),
      body: t("From then on researchers of the project see it, and everybody its page where you open that."),
      verb: at === "" ? t("Publish now") : t("Publish then"),
      onConfirm: () =>
        act(publish, at === "" ? null : new Date(at).toISOString(), {
          onSuccess: ({ standing }) =>
            notifyDone(
              standing === "published" ? t("The release is published.") : t("The release will be published then."),
            ),
          onError: (error) => notifyFailure(error, t("Not published")),
        }),
    });
  return (
    <Group align="flex-end">
      <TextInput
        type="datetime-local"
        label={t("At")}
        description={t("Empty: now")}
        value={at}
        onChange={(event) => setAt(event.currentTarget.value)}
      />
      <Button
        leftSection={<IconWorldUpload size={16} />}
        onClick={ask}
        loading={publish.isPending}
        data-testid="publish"
      >
        {at === "" ? t("Publish now") : t("Publish then")}
      </Button>
    </Group>
  );
}

function PageCard({ release, publication }: PanelProps) {
  const { setPage } = usePublishing(release.id);
  const [open, setOpen] = useState(publication.public);
  const [access, setAccess] = useState(publication.access);
  const [pictures, setPictures] = useState(publication.pictures);
  const [looked, setLooked] = useState(false);
  const toggle = (item: string) =>
    setPictures(pictures.includes(item) ? pictures.filter((one) => one !== item) : [...pictures, item]);
  const save = () =>
    act(
      setPage,
      { public: open, access, pictures: [...pictures], looked_at: looked },
      {
        onSuccess: () => notifyDone(t("The page is set.")),
        onError: (error) => notifyFailure(error, t("Not set")),
      },
    );
  return (
    <Card padding="lg">
      <Group justify="space-between" mb="sm">
        <Title order={2}>{t("Public page")}</Title>
        <Button
          component="a"
          href={`/data/${release.id}`}
          target="_blank"
          variant="subtle"
          leftSection={<IconExternalLink size={16} />}
          data-testid="preview-page"
        >
          {publication.standing === "published" && publication.public ? t("To the page") : t("Preview")}
        </Button>
      </Group>
      <Stack gap="md">
        <Switch
          label={t("Anybody may read the page, without signing in, once the release is published")}
          checked={open}
          onChange={(event) => setOpen(event.currentTarget.checked)}
          data-testid="page-public"
        />
        <div>
          <Text size="sm" fw={500} mb={4}>
            {t("Who may have the files")}
          </Text>
          <SegmentedControl
            value={access}
            onChange={(value) => setAccess(value === "on_request" ? "on_request" : "members")}
            data={[
              { value: "members", label: t("Researchers of the project") },
              { value: "on_request", label: t("Whoever asks and is granted it, too") },
            ]}
          />
        </div>
        <PictureChoice publication={publication} chosen={pictures} onToggle={toggle} />
        {pictures.length > 0 && (
          <Checkbox
            label={t("I have looked at each chosen picture: nobody could be known by one of them")}
            checked={looked}
            onChange={(event) => setLooked(event.currentTarget.checked)}
            data-testid="looked-at"
          />
        )}
        <Group justify="flex-end">
          <Button
            onClick={save}
            loading={setPage.isPending}
            disabled={pictures.length > 0 && !looked}
            data-testid="save-page"
          >
            {t("Save")}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}

interface ChoiceProps {
  readonly publication: Publication;
  readonly chosen: readonly string[];
  readonly onToggle: (item: string) => void;
}

function PictureChoice({ publication, chosen, onToggle }: ChoiceProps) {
  if (publication.choices.length === 0) {
    return (
      <Alert color="gray">
        {t("There is no case whose picture may be shown: sealed, measuring raters or in their hands now.")}
      </Alert>
    );
  }
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {t("Pictures of the page")}
      </Text>
      <SimpleGrid cols={{ base: 2, sm: 3, md: 4 }}>
        {publication.choices.slice(0, 24).map(({ item_id: item, subject, url }) => (
          <Stack key={item} gap={4}>
            <Image src={url} alt={t("CT with the masks of {{subject}}", { subject })} radius="sm" loading="lazy" />
            <Checkbox label={subject} checked={chosen.includes(item)} onChange={() => onToggle(item)} />
          </Stack>
        ))}
      </SimpleGrid>
    </div>
  );
}
