import { ActionIcon, Badge, Button, Group, Select, Stack, Text, Tooltip } from "@mantine/core";
import { IconBone, IconCloudUpload, IconListSearch } from "@tabler/icons-react";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { DataTable, type DataTableColumn } from "mantine-datatable";
import { useState } from "react";
import { answered, t } from "@/i18n";
import type { Series } from "@/api/types";
import { act } from "@/components/common/act";
import { Message } from "@/components/common/Message";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { SearchField } from "@/components/common/SearchField";
import { sortStatus } from "@/components/common/sorting";
import { Thumbnail } from "@/components/common/Thumbnail";
import { CheckList } from "@/components/imaging/CheckList";
import { headline, patientLine } from "@/components/imaging/facts";
import { HeldMasks } from "@/components/imaging/HeldMasks";
import { RunState } from "@/components/imaging/RunState";
import { SameScanBadge } from "@/components/imaging/SameScanBadge";
import { SameScans } from "@/components/imaging/SameScans";
import { SeriesDrawer } from "@/components/imaging/SeriesDrawer";
import { WaiveBar } from "@/components/imaging/WaiveBar";
import { RequireRole } from "@/components/projects/RequireRole";
import { LookAtCt } from "@/components/viewing/LookLink";
import { useSlug } from "@/components/projects/useSlug";
import { formatNumber, formatRelative } from "@/state/format";
import { type SeriesOrdering, useMatchingSeries, useSeriesList } from "@/state/imaging";
import { useKeptOut } from "@/state/rules";

const PAGE_SIZE = 50;

interface SeriesSearch {
  search?: string | undefined;
  ordering?: SeriesOrdering | undefined;
  page?: number | undefined;
  open?: string | undefined;
  kept_out?: string | undefined;
}

export function SeriesPage() {
  const slug = useSlug();
  return (
    <RequireRole slug={slug} roles={["manager"]}>
      <SeriesList slug={slug} />
    </RequireRole>
  );
}

function SeriesList({ slug }: { readonly slug: string }) {
  const filters: SeriesSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const change = (next: Partial<SeriesSearch>) => {
    // what no longer matches is not selected; what is on another page still is
    if ("search" in next || "kept_out" in next) setSelected(new Set());
    void navigate({ to: ".", search: { ...filters, ...next }, replace: true });
  };
  const page = filters.page ?? 1;
  const { search: text, ordering, kept_out: keptOut } = filters;
  const rules = useKeptOut(slug).data ?? [];
  const matching = useMatchingSeries(slug);
  const asked = { ...(text !== undefined && { search: text }), ...(keptOut !== undefined && { kept_out: keptOut }) };
  const list = useSeriesList(slug, {
    page,
    page_size: PAGE_SIZE,
    ...asked,
    ...(ordering !== undefined && { ordering }),
  });
  const selectAll = () =>
    act(matching, asked, {
      onSuccess: ({ ids, count }) => {
        setSelected(new Set(ids));
        if (ids.length < count) {
          const numbers = { count: formatNumber(count), ids: formatNumber(ids.length) };
          notifyDone(t("Of {{count}} series the first {{ids}}.", numbers));
        }
      },
      onError: (error) => notifyFailure(error),
    });
  const filtered = text !== undefined || keptOut !== undefined;
  return (
    <>
      <PageHeader
        title={t("Series")}
        description={t(
          "Every CT of the project at working resolution, with what the checks found and which engine made its first mask.",
        )}
        actions={
          <Button component={Link} to={`/projects/${slug}/upload`} leftSection={<IconCloudUpload size={16} />}>
            {t("Upload CTs")}
          </Button>
        }
      />
      <SameScans slug={slug} />
      <HeldMasks slug={slug} />
      <Group mb="md" align="flex-end">
        <SearchField
          label={t("Search series")}
          w={320}
          placeholder={t("Pseudonym, kernel, manufacturer")}
          search={text}
          onSearch={(search) => change({ search, page: undefined })}
        />
        {(rules.length > 0 || keptOut !== undefined) && (
          <Select
            w={280}
            placeholder={t("Kept out or not")}
            aria-label={t("Kept out by")}
            clearable
            data={keptOutOptions(rules, keptOut)}
            value={keptOut ?? null}
            onChange={(value) => change({ kept_out: value ?? undefined, page: undefined })}
            data-testid="kept-out"
          />
        )}
      </Group>
      <WaiveBar
        slug={slug}
        seriesIds={[...selected]}
        rule={keptOut === undefined || keptOut === ANY_RULE ? null : keptOut}
        onClear={() => setSelected(new Set())}
      />
      <QueryState query={list}>
        {({ results, count }) =>
          count === 0 ? (
            <Message
              icon={<IconBone />}
              title={filtered ? t("Nothing matches") : t("No series yet")}
              action={
                !filtered ? (
                  <Button component={Link} to={`/projects/${slug}/upload`}>
                    {t("Upload CTs")}
                  </Button>
                ) : (
                  <Button variant="default" onClick={() => change({ search: undefined, kept_out: undefined })}>
                    {t("Clear the filters")}
                  </Button>
                )
              }
            />
          ) : (
            <>
              {count > selected.size && selected.size > 0 && (
                <Button
                  variant="subtle"
                  size="xs"
                  mb="xs"
                  loading={matching.isPending}
                  onClick={selectAll}
                  data-testid="select-all"
                >
                  {t("Select all {{count}} that match, on all pages", { count: formatNumber(count) })}
                </Button>
              )}
              <DataTable
                withTableBorder
                borderRadius="md"
                verticalSpacing="xs"
                highlightOnHover
                records={results}
                columns={columns((id) => change({ open: id }))}
                sortStatus={sortStatus(ordering, "pseudonym")}
                onSortStatusChange={({ columnAccessor, direction }) =>
                  change({ ordering: `${direction === "desc" ? "-" : ""}${String(columnAccessor)}` as SeriesOrdering })
                }
                totalRecords={count}
                recordsPerPage={PAGE_SIZE}
                page={page}
                onPageChange={(next) => change({ page: next })}
                onRowClick={({ record }) => change({ open: record.id })}
                {...(keptOut !== undefined && {
                  selectedRecords: results.filter(({ id }) => selected.has(id)),
                  onSelectedRecordsChange: (rows: Series[]) => {
                    const here = new Set(results.map(({ id }) => id));
                    const elsewhere = [...selected].filter((id) => !here.has(id));
                    setSelected(new Set([...elsewhere, ...rows.map(({ id }) => id)]));
                  },
                  allRecordsSelectionCheckboxProps: { "aria-label": t("Select all series of this page") },
                  getRecordSelectionCheckboxProps: (row: Series) => ({
                    "aria-label": t("Select {{pseudonym}}, series {{number}}", {
                      pseudonym: row.patient.pseudonym,
                      number: row.number,
                    }),
                  }),
                })}
                data-testid="series-table"
              />
            </>
          )
        }
      </QueryState>
      <SeriesDrawer slug={slug} id={filters.open ?? null} onClose={() => change({ open: undefined })} />
    </>
  );
}

const ANY_RULE = "any";

/** The rules that keep series out, the one that is chosen among them even where it keeps none out any more. */
function keptOutOptions(rules: readonly { rule_id: string; title: string; series: number }[], chosen?: string) {
  const options = rules.map(({ rule_id, title, series }) => ({
    value: rule_id,
    label: `${rule_id} ${answered(title)} (${formatNumber(series)})`,
  }));
  const known = chosen === undefined || chosen === ANY_RULE || rules.some(({ rule_id }) => rule_id === chosen);
  return [
    { value: ANY_RULE, label: t("All that are kept out") },
    ...options,
    ...(known ? [] : [{ value: chosen, label: chosen }]),
  ];
}

/** What the geometry checks found, and whether an inclusion rule keeps the series out. */
function Standing({ series }: { readonly series: Series }) {
  const failed = series.verdicts.filter(({ state }) => state === "failed");
  const rules = failed.map(({ rule_id, title }) => `${rule_id} ${title}`).join(", ");
  return (
    <Stack gap={4} align="flex-start">
      <CheckList checks={series.checks} brief />
      <SameScanBadge series={series} />
      {failed.length > 0 && (
        <Tooltip label={rules}>
          <Badge size="sm" color={series.held ? "red" : "amber"} tabIndex={0}>
            {series.held ? t("Kept out by a rule") : t("Rule waived")}
          </Badge>
        </Tooltip>
      )}
    </Stack>
  );
}

function columns(open: (id: string) => void): DataTableColumn<Series>[] {
  return [
    {
      accessor: "thumbnail",
      title: <span className="visually-hidden">{t("Preview")}</span>,
      width: 76,
      render: (series) => (
        <Thumbnail
          url={series.volume?.thumbnail_url}
          alt={t("Sagittal preview of {{pseudonym}}", { pseudonym: series.patient.pseudonym })}
        />
      ),
    },
    {
      accessor: "pseudonym",
      title: t("Patient"),
      sortable: true,
      render: (series) => (
        <div>
          <Text fw={600} size="sm">
            {series.patient.pseudonym}
          </Text>
          <Text size="xs" c="dimmed">
            {patientLine(series)}
          </Text>
        </div>
      ),
    },
    {
      accessor: "volume",
      title: t("Volume"),
      render: (series) => (
        <Stack gap={2}>
          <Text size="sm" className="tabular">
            {headline(series)}
          </Text>
          <Text size="xs" c="dimmed">
            {[series.facts["manufacturer"], series.facts["model"]].filter(Boolean).join(" ") || t("scanner unknown")}
          </Text>
        </Stack>
      ),
    },
    { accessor: "checks", title: t("Checks"), render: (series) => <Standing series={series} /> },
    { accessor: "run", title: t("Engine"), width: 230, render: (series) => <RunState run={series.run} /> },
    {
      accessor: "created_at",
      title: t("Added"),
      sortable: true,
      noWrap: true,
      render: (series) => <Text size="sm">{formatRelative(series.created_at)}</Text>,
    },
    {
      accessor: "actions",
      title: <span className="visually-hidden">{t("Actions")}</span>,
      textAlign: "right",
      render: (series) => (
        <Group justify="flex-end" gap={4} wrap="nowrap">
          {series.volume !== null && (
            <LookAtCt
              seriesId={series.id}
              label={t("Look at {{pseudonym}}, series {{number}}", {
                pseudonym: series.patient.pseudonym,
                number: series.number,
              })}
            />
          )}
          {series.case_id !== null && (
            <Button
              component={Link}
              to={`/cases/${series.case_id}`}
              size="compact-sm"
              variant="subtle"
              onClick={(event: React.MouseEvent) => event.stopPropagation()}
            >
              {t("Case")}
            </Button>
          )}
          <Tooltip label={t("Details and engine runs")}>
            <ActionIcon
              variant="subtle"
              onClick={() => open(series.id)}
              aria-label={t("Details of {{pseudonym}}, series {{number}}", {
                pseudonym: series.patient.pseudonym,
                number: series.number,
              })}
            >
              <IconListSearch size={16} />
            </ActionIcon>
          </Tooltip>
        </Group>
      ),
    },
  ];
}
