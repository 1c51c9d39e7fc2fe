import { Badge, Button, Card, Group, Stack, Text } from "@mantine/core";
import { IconPackageExport, IconPlus } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { t } from "@/i18n";
import type { ReleaseSummary } from "@/api/types";
import { Message } from "@/components/common/Message";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { useSlug } from "@/components/projects/useSlug";
import { ReleaseForm } from "@/components/releases/ReleaseForm";
import { ReleaseBadge, StandingBadge } from "@/components/releases/ReleaseBadge";
import { count, formatDate, formatNumber } from "@/state/format";
import { useReleases } from "@/state/releases";
import { useProject } from "@/state/projects";
import { mayActAs, useMe } from "@/state/session";

/** What a manager is told before the first release. */
function firstRelease(accepted: number): string {
  return accepted === 0
    ? t("A release is made of accepted cases: there is none yet. Cases are accepted at the end of the review.")
    : t("{{acceptedCases}} could go into the first one.", { acceptedCases: count(accepted, "accepted case") });
}

export function ReleasesPage() {
  const slug = useSlug();
  const me = useMe();
  const project = useProject(slug);
  const releases = useReleases(slug);
  const [creating, setCreating] = useState(false);
  const manager = mayActAs(me, slug, "manager");
  const accepted = project.counts?.accepted ?? 0; // known to managers, who alone read it here
  const button = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)} data-testid="new-release">
      {t("New release")}
    </Button>
  );
  return (
    <>
      <PageHeader
        title={t("Releases")}
        description={t(
          "Versions of the data set. A frozen release never changes; what is found wrong later goes into the next.",
        )}
        actions={manager ? button : undefined}
      />
      <QueryState query={releases}>
        {(rows) =>
          rows.length === 0 ? (
            <Message
              icon={<IconPackageExport />}
              title={t("No release yet")}
              {...(manager && accepted > 0 && { action: button })}
            >
              {manager
                ? firstRelease(accepted)
                : t("The project's manager publishes the first one when enough cases are accepted.")}
            </Message>
          ) : (
            <Stack gap="sm" data-testid="releases">
              {rows.map((release) => (
                <ReleaseRow key={release.id} release={release} />
              ))}
            </Stack>
          )
        }
      </QueryState>
      {manager && (
        <ReleaseForm
          slug={slug}
          accepted={accepted}
          versions={releases.data?.map(({ version }) => version) ?? []}
          opened={creating}
          onClose={() => setCreating(false)}
        />
      )}
    </>
  );
}

function ReleaseRow({ release }: { readonly release: ReleaseSummary }) {
  return (
    <Card component={Link} to={`/releases/${release.id}`} c="inherit" padding="md" data-testid="release-row">
      <Group justify="space-between">
        <div>
          <Group gap="xs">
            <Text fw={600} fz="lg">
              {release.title}
            </Text>
            <Badge color="gray">{release.version}</Badge>
            <ReleaseBadge state={release.state} />
            {release.state === "frozen" && <StandingBadge standing={release.standing} />}
          </Group>
          <Text size="sm" c="dimmed">
            {t("{{cases_count}} cases of {{patients_count}} patients · {{licence}}", {
              cases_count: formatNumber(release.cases_count),
              patients_count: formatNumber(release.patients_count),
              licence: release.licence,
            })}
          </Text>
        </div>
        <Text size="sm" c="dimmed">
          {release.frozen_at === null
            ? t("made {{created_at}}", { created_at: formatDate(release.created_at) })
            : t("frozen {{frozen_at}}", { frozen_at: formatDate(release.frozen_at) })}
        </Text>
      </Group>
    </Card>
  );
}
