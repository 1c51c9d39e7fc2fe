import { Badge, Button, Group, Progress, Select, Text } from "@mantine/core";
import { IconArrowsSort, IconListDetails } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { DataTable, type DataTableColumn } from "mantine-datatable";
import { useState } from "react";
import { answered, t } from "@/i18n";
import type { CaseCard, CaseState, CaseView } from "@/api/types";
import { EXCLUSION_REASONS } from "@/components/cases/exclusionReasons";
import { BulkBar } from "@/components/cases/BulkBar";
import { SavedViews } from "@/components/cases/SavedViews";
import { act } from "@/components/common/act";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { CASE_STATE_OPTIONS, CaseBadge, DueBadge, FlagBadge } from "@/components/common/badges";
import { ButtonLink, TextLink } from "@/components/common/links";
import { Message } from "@/components/common/Message";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { SearchField } from "@/components/common/SearchField";
import { Thumbnail } from "@/components/common/Thumbnail";
import { RequireRole } from "@/components/projects/RequireRole";
import { LookIcon } from "@/components/viewing/LookLink";
import { useSlug } from "@/components/projects/useSlug";
import { type CaseOrdering, useCases, useMatchingCases } from "@/state/cases";
import { useCaseTags } from "@/state/caseViews";
import { formatNumber, formatRelative } from "@/state/format";
import { useProject } from "@/state/projects";

const PAGE_SIZE = 50;

const ORDERINGS: { value: CaseOrdering; label: string }[] = [
  { value: "priority", label: t("By priority") },
  { value: "due_on", label: t("By due date") },
  { value: "updated_at", label: t("Last changed first") },
  { value: "alias", label: t("By name") },
  { value: "uncertainty", label: t("Engine least sure first") },
];

interface CasesSearch {
  search?: string | undefined;
  state?: CaseState | undefined;
  stage?: string | undefined;
  tag?: string | undefined;
  ordering?: CaseOrdering | undefined;
  page?: number | undefined;
}

export function CasesPage() {
  const slug = useSlug();
  return (
    <RequireRole slug={slug} roles={["manager"]}>
      <CaseList slug={slug} />
    </RequireRole>
  );
}

function CaseList({ slug }: { readonly slug: string }) {
  const filters: CasesSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  const { protocol } = useProject(slug);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const change = (next: Partial<CasesSearch>) => {
    // what no longer matches is not selected; what is on another page still is
    if (Object.keys(next).some((key) => key !== "page" && key !== "ordering")) setSelected(new Set());
    void navigate({ to: ".", search: { ...filters, ...next }, replace: true });
  };
  const { page = 1, ordering = "priority", state, stage, tag, search: text } = filters;
  const matching = useMatchingCases(slug);
  const tags = useCaseTags(slug);
  const asked = {
    ordering,
    ...(text !== undefined && { search: text }),
    ...(state !== undefined && { state }),
    ...(stage !== undefined && { stage }),
    ...(tag !== undefined && { tag }),
  };
  const cases = useCases(slug, { page, page_size: PAGE_SIZE, ...asked });
  const selectAll = () =>
    act(matching, asked, {
      onSuccess: ({ ids, count }) => {
        setSelected(new Set(ids));
        if (ids.length < count)
          notifyDone(
            t("Of {{count}} cases the first {{ids}}.", { count: formatNumber(count), ids: formatNumber(ids.length) }),
          );
      },
      onError: (error) => notifyFailure(error),
    });
  const filtered = text !== undefined || state !== undefined || stage !== undefined || tag !== undefined;
  return (
    <>
      <PageHeader title={t("Cases")} description={t("One row for each CT on its way through the protocol.")} />
      <Group mb="md" align="flex-end">
        <SearchField
          label={t("Search cases")}
          w={190}
          placeholder={t("Case or pseudonym")}
          search={text}
          onSearch={(search) => change({ search, page: undefined })}
          data-testid="case-search"
        />
        <Select
          w={140}
          aria-label={t("Order")}
          allowDeselect={false}
          leftSection={<IconArrowsSort size={16} />}
          data={ORDERINGS}
          value={ordering}
          onChange={(value) => change({ ordering: (value as CaseOrdering | null) ?? undefined, page: undefined })}
        />
        <Select
          w={140}
          placeholder={t("Any state")}
          aria-label={t("State")}
          clearable
          data={CASE_STATE_OPTIONS}
          value={state ?? null}
          onChange={(value) => change({ state: (value as CaseState | null) ?? undefined, page: undefined })}
        />
        <Select
          w={140}
          placeholder={t("Any stage")}
          aria-label={t("Stage")}
          clearable
          data={protocol.stages.map(({ key, title }) => ({ value: key, label: title }))}
          value={stage ?? null}
          onChange={(value) => change({ stage: value ?? undefined, page: undefined })}
        />
        <Select
          w={140}
          placeholder={t("Any tag")}
          aria-label={t("Tag")}
          clearable
          searchable
          data={tagOptions(tags.data ?? [], tag)}
          value={tag ?? null}
          onChange={(value) => change({ tag: value ?? undefined, page: undefined })}
        />
        <SavedViews
          slug={slug}
          filters={{ state: state ?? "", stage: stage ?? "", search: text ?? "", tag: tag ?? "", ordering }}
          onOpen={(view) => change(searchOf(view))}
        />
        {filtered && (
          <Button
            variant="subtle"
            onClick={() =>
              change({ search: undefined, state: undefined, stage: undefined, tag: undefined, page: undefined })
            }
          >
            {t("Clear")}
          </Button>
        )}
      </Group>
      <BulkBar slug={slug} caseIds={[...selected]} onSelect={(ids) => setSelected(new Set(ids))} />
      <QueryState query={cases}>
        {({ results, count }) =>
          count === 0 ? (
            <Message
              icon={<IconListDetails />}
              title={filtered ? t("Nothing matches") : t("No case yet")}
              {...(!filtered && {
                action: (
                  <ButtonLink to="/projects/$slug/upload" params={{ slug }}>
                    {t("Upload CTs")}
                  </ButtonLink>
                ),
              })}
            >
              {filtered ? t("Clear the filters to see all cases.") : t("Cases are made from uploaded series.")}
            </Message>
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
                columns={COLUMNS}
                totalRecords={count}
                recordsPerPage={PAGE_SIZE}
                page={page}
                onPageChange={(next) => change({ page: next })}
                onRowClick={({ record }) => void navigate({ to: "/cases/$id", params: { id: record.id } })}
                selectedRecords={results.filter(({ id }) => selected.has(id))}
                onSelectedRecordsChange={(rows: CaseCard[]) => {
                  const here = new Set(results.map(({ id }) => id));
                  const elsewhere = [...selected].filter((id) => !here.has(id));
                  setSelected(new Set([...elsewhere, ...rows.map(({ id }) => id)]));
                }}
                allRecordsSelectionCheckboxProps={{ "aria-label": t("Select all cases of this page") }}
                getRecordSelectionCheckboxProps={(row: CaseCard) => ({
                  "aria-label": t("Select {{alias}}", { alias: row.alias }),
                })}
                data-testid="case-table"
              />
            </>
          )
        }
      </QueryState>
    </>
  );
}

/** The tags to choose from, the one that is chosen among them even where no case has it any more. */
function tagOptions(tags: readonly { name: string; cases: number }[], chosen: string | undefined) {
  const options = tags.map(({ name, cases }) => ({ value: name, label: `${name} (${formatNumber(cases)})` }));
  if (chosen === undefined || tags.some(({ name }) => name === chosen)) return options;
  return [...options, { value: chosen, label: chosen }];
}

/** A saved view as the address of the page has it. */
function searchOf({ state, stage, search, tag, ordering }: CaseView["filters"]): CasesSearch {
  return {
    state: state === "" ? undefined : state,
    stage: stage || undefined,
    search: search || undefined,
    tag: tag || undefined,
    ordering,
    page: undefined,
  };
}

const COLUMNS: DataTableColumn<CaseCard>[] = [
  {
    accessor: "thumbnail",
    title: <span className="visually-hidden">{t("Preview")}</span>,
    width: 70,
    render: (row) => (
      <Thumbnail url={row.thumbnail_url} alt={t("Preview of {{alias}}", { alias: row.alias })} width={44} height={58} />
    ),
  },
  {
    accessor: "alias",
    title: t("Case"),
    noWrap: true,
    render: (row) => (
      <div>
        <Group gap={4} wrap="nowrap">
          <TextLink fw={600} size="sm" to="/cases/$id" params={{ id: row.id }}>
            {row.alias}
          </TextLink>
          <LookIcon caseId={row.id} alias={row.alias} />
        </Group>
        <Text size="xs" c="dimmed">
          {t("{{pseudonym}} · series {{number}}", { pseudonym: row.series.pseudonym, number: row.series.number })}
        </Text>
      </div>
    ),
  },
  {
    accessor: "state",
    title: t("State"),
    render: (row) => (
      <>
        <CaseBadge state={row.state} />
        {row.excluded_for !== null && (
          <Text size="xs" c="dimmed">
            {EXCLUSION_REASONS[row.excluded_for]}
          </Text>
        )}
      </>
    ),
  },
  { accessor: "stage_title", title: t("Stage"), render: ({ stage_title: stage }) => answered(stage) },
  {
    accessor: "progress",
    title: t("Submitted"),
    width: 100,
    render: ({ progress: { submitted, overlap } }) =>
      overlap === 0 ? (
        "–"
      ) : (
        <Group gap={8} wrap="nowrap">
          <Progress value={(100 * submitted) / overlap} style={{ flex: 1 }} aria-hidden="true" />
          <Text size="sm" className="tabular">
            {submitted}/{overlap}
          </Text>
        </Group>
      ),
  },
  { accessor: "priority", title: t("Priority"), textAlign: "right" },
  { accessor: "due_on", title: t("Due"), render: (row) => <DueBadge dueOn={row.due_on} /> },
  {
    accessor: "flags",
    title: t("Flags and tags"),
    render: (row) => (
      <Group gap={4}>
        {row.flags.map((flag) => (
          <FlagBadge key={flag} flag={flag} />
        ))}
        {row.tags.map((tag) => (
          <Badge key={tag} color="gray" variant="outline" tt="none" maw={130} title={tag}>
            {tag}
          </Badge>
        ))}
      </Group>
    ),
  },
  {
    accessor: "updated_at",
    title: t("Changed"),
    noWrap: true,
    render: (row) => <Text size="sm">{formatRelative(row.updated_at)}</Text>,
  },
];
