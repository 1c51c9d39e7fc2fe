import { Button, Group, Select, Stack } from "@mantine/core";
import { IconChartBar, IconDownload } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { t } from "@/i18n";
import { addressOf } from "@/api/client";
import { Message } from "@/components/common/Message";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { RequireRole } from "@/components/projects/RequireRole";
import { useSlug } from "@/components/projects/useSlug";
import { AsOfNote } from "@/components/reports/AsOfNote";
import { StatisticsView } from "@/components/statistics/StatisticsView";
import { useProjectStatistics, useReleaseStatistics } from "@/state/measurements";
import { useReleases } from "@/state/releases";

const ACCEPTED = "accepted";

export function StatisticsPage() {
  const slug = useSlug();
  return (
    <RequireRole slug={slug} roles={["manager", "radiologist"]}>
      <Content slug={slug} />
    </RequireRole>
  );
}

function Content({ slug }: { readonly slug: string }) {
  const { of: source = ACCEPTED } = useSearch({ from: "/guarded/shell/projects/$slug/statistics" });
  const navigate = useNavigate();
  const releases = useReleases(slug);
  const choices = (releases.data ?? []).map(({ id, title, version }) => ({ value: id, label: `${title} ${version}` }));
  return (
    <>
      <PageHeader
        title={t("Statistics")}
        description={t("The table and the figures of a data set's paper.")}
        actions={source === ACCEPTED && <Csv slug={slug} />}
      />
      {choices.length > 0 && (
        <Select
          label={t("Of")}
          mb="lg"
          maw={360}
          allowDeselect={false}
          data={[{ value: ACCEPTED, label: t("All accepted cases") }, ...choices]}
          value={source}
          onChange={(value) =>
            void navigate({
              to: ".",
              search: { of: value === ACCEPTED ? undefined : (value ?? undefined) },
              replace: true,
            })
          }
        />
      )}
      {source === ACCEPTED ? <OfProject slug={slug} /> : <OfRelease key={source} id={source} />}
    </>
  );
}

function Csv({ slug }: { readonly slug: string }) {
  return (
    <Group gap="xs">
      <Button
        component="a"
        href={addressOf("/api/v1/projects/{slug}/statistics/table.csv", { slug })}
        variant="default"
        leftSection={<IconDownload size={16} />}
      >
        {t("Table as CSV")}
      </Button>
      <Button
        component="a"
        href={addressOf("/api/v1/projects/{slug}/statistics/figures.csv", { slug })}
        variant="default"
        leftSection={<IconDownload size={16} />}
      >
        {t("Figures as CSV")}
      </Button>
    </Group>
  );
}

function OfProject({ slug }: { readonly slug: string }) {
  return (
    <QueryState query={useProjectStatistics(slug)}>
      {(report) =>
        (report.patients["all"] ?? 0) === 0 && report.as_of.computed_at !== null ? (
          <Message icon={<IconChartBar />} title={t("Nothing to count yet")} testId="no-statistics">
            {t(
              "Statistics are made of accepted cases. They appear here once a radiologist has accepted the first one.",
            )}
          </Message>
        ) : (
          <Stack gap="lg">
            <AsOfNote asOf={report.as_of} slug={slug} part="statistics" />
            {report.as_of.computed_at !== null && <StatisticsView report={report} />}
          </Stack>
        )
      }
    </QueryState>
  );
}

function OfRelease({ id }: { readonly id: string }) {
  return <QueryState query={useReleaseStatistics(id)}>{(report) => <StatisticsView report={report} />}</QueryState>;
}
