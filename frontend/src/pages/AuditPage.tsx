import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconDownload, IconHistory } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { t } from "@/i18n";
import { ApiError } from "@/api/errors";
import { AuditFilters } from "@/components/audit/AuditFilters";
import { AuditTable } from "@/components/audit/AuditTable";
import { asked, type AuditSearch } from "@/components/audit/auditSearch";
import { ChainCheckCard } from "@/components/audit/ChainCheckCard";
import { Message } from "@/components/common/Message";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryFailure, RowsSkeleton } from "@/components/common/QueryState";
import { RequireRole } from "@/components/projects/RequireRole";
import { useSlug } from "@/components/projects/useSlug";
import { auditTableUrl, useAudit } from "@/state/audit";

export function AuditPage() {
  const slug = useSlug();
  const search: AuditSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  return (
    <RequireRole slug={slug} roles={["manager"]}>
      <PageHeader
        title={t("Audit")}
        description={t(
          "Who did and who saw what. Nothing here can be changed or deleted; each entry seals the one before it.",
        )}
        actions={
          <Button
            component="a"
            href={auditTableUrl(slug, asked(search))}
            download
            variant="default"
            leftSection={<IconDownload size={16} />}
          >
            {t("Save as CSV")}
          </Button>
        }
      />
      <Stack gap="md">
        <ChainCheckCard slug={slug} />
        <AuditFilters
          slug={slug}
          search={search}
          onChange={(next) => void navigate({ to: ".", search: { ...search, ...next }, replace: true })}
        />
        <Entries slug={slug} search={search} />
      </Stack>
    </RequireRole>
  );
}

function Entries({ slug, search }: { readonly slug: string; readonly search: AuditSearch }) {
  const list = useAudit(slug, asked(search));
  if (list.isPending) return <RowsSkeleton count={10} height={32} />;
  if (list.isError) {
    if (list.error instanceof ApiError && list.error.code === "no_such_case") {
      return <Nothing>{list.error.message}</Nothing>;
    }
    return <QueryFailure error={list.error} retry={() => void list.refetch()} />;
  }
  const { pages } = list.data;
  const entries = pages.flatMap(({ results }) => results);
  const last = pages[pages.length - 1];
  return (
    <>
      {last?.held_back === true && (
        <Alert color="blue" variant="light" data-testid="held-back">
          {t("You are rating in this project. What is done on those cases is left out here until you have submitted.")}
        </Alert>
      )}
      {last?.names_hidden === true && (
        <Text size="sm" c="dimmed">
          {t(
            "Double blind: acts on a case are under letters, and found by person only where you have asked for its names.",
          )}
        </Text>
      )}
      {entries.length === 0 ? (
        <Nothing>{t("Search for less, or for other days.")}</Nothing>
      ) : (
        <AuditTable entries={entries} />
      )}
      {list.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t("Show older entries")}
          </Button>
        </Group>
      )}
    </>
  );
}

function Nothing({ children }: { readonly children: string }) {
  return (
    <Message icon={<IconHistory />} title={t("Nothing matches")} testId="no-entry">
      {children}
    </Message>
  );
}
