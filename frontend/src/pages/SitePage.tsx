import { Stack, Tabs, Text, Title } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { t } from "@/i18n";
import { PageHeader } from "@/components/common/PageHeader";
import { SearchField } from "@/components/common/SearchField";
import { AccountTable } from "@/components/site/AccountTable";
import { FailedJobs, QueueTable } from "@/components/site/BackgroundWork";
import { SignIns } from "@/components/site/SignIns";
import { SiteWarnings } from "@/components/site/SiteWarnings";
import { StorageTable } from "@/components/site/StorageTable";
import { WorkerTable } from "@/components/site/WorkerTable";
import { Forbidden } from "@/components/shell/Forbidden";
import { useLeaveProject } from "@/state/activeProject";
import { useMe } from "@/state/session";
import type { SiteActKind } from "@/state/site";

interface SiteSearch {
  tab?: string | undefined;
  search?: string | undefined;
  kind?: SiteActKind | undefined;
  page?: number | undefined;
}

export function SitePage() {
  useLeaveProject();
  const me = useMe();
  const search: SiteSearch = useSearch({ strict: false });
  const navigate = useNavigate();
  if (!me.is_staff) return <Forbidden />;
  const go = (next: SiteSearch) => void navigate({ to: ".", search: next, replace: true });
  return (
    <>
      <PageHeader
        title={t("Site administration")}
        description={t("Accounts, storage and background work of the whole site. What you do here is on record.")}
      />
      <SiteWarnings />
      <Tabs
        value={search.tab ?? "accounts"}
        onChange={(tab) => go(tab === null || tab === "accounts" ? {} : { tab })}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="accounts">{t("Accounts")}</Tabs.Tab>
          <Tabs.Tab value="sign-ins">{t("Sign-ins")}</Tabs.Tab>
          <Tabs.Tab value="storage">{t("Storage")}</Tabs.Tab>
          <Tabs.Tab value="work">{t("Background work")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="accounts">
          <SearchField
            label={t("Search accounts")}
            placeholder={t("Name or e-mail")}
            w={260}
            mb="md"
            search={search.search}
            onSearch={(text) => go(text === undefined ? {} : { search: text })}
            data-testid="account-search"
          />
          <AccountTable
            search={search.search}
            page={search.page ?? 1}
            onPage={(page) => go({ ...search, page: page > 1 ? page : undefined })}
          />
        </Tabs.Panel>
        <Tabs.Panel value="sign-ins">
          <SignIns
            kind={search.kind}
            page={search.page ?? 1}
            onKind={(kind) => go({ tab: "sign-ins", kind })}
            onPage={(page) => go({ ...search, page: page > 1 ? page : undefined })}
          />
        </Tabs.Panel>
        <Tabs.Panel value="storage">
          <StorageTable
            page={search.page ?? 1}
            onPage={(page) => go({ ...search, page: page > 1 ? page : undefined })}
          />
        </Tabs.Panel>
        <Tabs.Panel value="work">
          <Stack gap="lg">
            <QueueTable />
            <WorkerTable />
            <div>
              <Title order={2} mb={4}>
                {t("Failed jobs")}
              </Title>
              <Text size="sm" c="dimmed" mb="sm">
                {t("Of all projects, except those in which you rate or review without managing them.")}
              </Text>
              <FailedJobs />
            </div>
          </Stack>
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
