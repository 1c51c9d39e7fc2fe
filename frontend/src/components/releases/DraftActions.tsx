import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconPencil, IconSnowflake, IconTrash } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { t } from "@/i18n";
import type { ReleaseDetail } from "@/api/types";
import { act } from "@/components/common/act";
import { confirm } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useDiscardDraft, useReleaseActions, useReleases } from "@/state/releases";
import { emptyPartsText } from "./emptyParts";
import { ReleaseForm } from "./ReleaseForm";

/** What a manager does with a draft: change it, delete it, freeze it. */
export function DraftActions({ release }: { readonly release: ReleaseDetail }) {
  const [changing, setChanging] = useState(false);
  const others = useReleases(release.project.slug).data ?? [];
  return (
    <Group gap="xs">
      <DeleteButton release={release} />
      <Button
        variant="default"
        leftSection={<IconPencil size={16} />}
        onClick={() => setChanging(true)}
        data-testid="change-draft"
      >
        {t("Change")}
      </Button>
      <FreezeButton release={release} />
      <ReleaseForm
        opened={changing}
        slug={release.project.slug}
        accepted={release.counts.series}
        versions={others.filter(({ id }) => id !== release.id).map(({ version }) => version)}
        draft={release}
        onClose={() => setChanging(false)}
      />
    </Group>
  );
}

function DeleteButton({ release }: { readonly release: ReleaseDetail }) {
  const navigate = useNavigate();
  const discard = useDiscardDraft(release.project.slug, release.id);
  const ask = () =>
    confirm({
      title: t("Delete the draft {{title}} {{version}}?", { title: release.title, version: release.version }),
      body: t("The split and all that was written into this draft are gone; the accepted cases stay as they are."),
      verb: t("Delete the draft"),
      danger: true,
      onConfirm: () =>
        act(discard, undefined, {
          onSuccess: () => {
            notifyDone(t("The draft is deleted."));
            void navigate({ to: "/projects/$slug/releases", params: { slug: release.project.slug } });
          },
          onError: (error) => notifyFailure(error, t("Not deleted")),
        }),
    });
  return (
    <Button
      variant="default"
      leftSection={<IconTrash size={16} />}
      onClick={ask}
      loading={discard.isPending}
      data-testid="delete-draft"
    >
      {t("Delete")}
    </Button>
  );
}

function FreezeButton({ release }: { readonly release: ReleaseDetail }) {
  const { freeze } = useReleaseActions(release.id);
  const ask = () =>
    confirm({
      title: t("Freeze {{title}} {{version}}?", { title: release.title, version: release.version }),
      body: <BeforeFreezing release={release} />,
      verb: t("Freeze for good"),
      danger: true,
      onConfirm: () =>
        act(freeze, undefined, {
          onSuccess: () => notifyDone(t("The release is being built.")),
          onError: (error) => notifyFailure(error, t("Not frozen")),
        }),
    });
  return (
    <Button leftSection={<IconSnowflake size={16} />} onClick={ask} loading={freeze.isPending} data-testid="freeze">
      {t("Freeze")}
    </Button>
  );
}

/** What freezing does, and what of the draft looks unmeant: afterwards it is too late. */
function BeforeFreezing({ release }: { readonly release: ReleaseDetail }) {
  const empty = emptyPartsText(release);
  return (
    <Stack gap="sm">
      {empty !== "" && (
        <Alert color="amber" icon={<IconAlertTriangle />}>
          {empty}
        </Alert>
      )}
      <Text size="sm">
        {t(
          "The files are written and their checksums fixed. Afterwards nothing in this version can be changed or taken out, by nobody; corrections need a new version.",
        )}
      </Text>
    </Stack>
  );
}
