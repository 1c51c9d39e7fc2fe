import { Card, Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { t } from "@/i18n";
import { ButtonLink } from "@/components/common/links";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { QuestionsPanel } from "@/components/guidelines/QuestionsPanel";
import { Rules } from "@/components/guidelines/Rules";
import { Versions } from "@/components/guidelines/Versions";
import { useSlug } from "@/components/projects/useSlug";
import { useGuidelines } from "@/state/guidelines";
import { useProject } from "@/state/projects";

const TABS = ["rules", "versions", "questions"] as const;

/** The rules of a project: what is in force, what was before, and what people ask. */
export function GuidelinesPage() {
  const slug = useSlug();
  const search = useSearch({ from: "/guarded/shell/projects/$slug/guidelines" });
  const navigate = useNavigate();
  const roles = useProject(slug).my_roles;
  const manages = roles.includes("manager");
  const answers = manages || roles.includes("radiologist");
  const guidelines = useGuidelines(slug);
  const tab = TABS.find((one) => one === search.tab) ?? "rules";
  return (
    <>
      <PageHeader
        title={t("Guidelines")}
        description={t(
          "How this project draws and grades. Each version stays, and each submission keeps which was in force.",
        )}
        actions={
          manages && (
            <ButtonLink
              to="/projects/$slug/settings"
              params={{ slug }}
              search={{ tab: "guidelines" }}
              variant="default"
            >
              {t("Edit the guidelines")}
            </ButtonLink>
          )
        }
      />
      <Tabs
        value={tab}
        onChange={(next) => void navigate({ to: ".", search: next === "rules" ? {} : { tab: next ?? undefined } })}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="rules">{t("Rules")}</Tabs.Tab>
          <Tabs.Tab value="versions">{t("Versions")}</Tabs.Tab>
          {answers && <Tabs.Tab value="questions">{t("Questions")}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="rules">
          <QueryState query={guidelines}>
            {(found) => (
              <Card padding="lg">
                <Rules slug={slug} guidelines={found} />
              </Card>
            )}
          </QueryState>
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <QueryState query={guidelines}>
            {(found) => <Versions slug={slug} guidelines={found} since={search.since} answers={answers} />}
          </QueryState>
        </Tabs.Panel>
        {answers && (
          <Tabs.Panel value="questions">
            <QuestionsPanel slug={slug} open={search.question} manages={manages} />
          </Tabs.Panel>
        )}
      </Tabs>
    </>
  );
}
