import { Button, Tabs } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { t } from "@/i18n";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { EffortPanel } from "@/components/models/EffortPanel";
import { ModelPanel } from "@/components/models/ModelPanel";
import { OnnxForm } from "@/components/models/OnnxForm";
import { TrainingPanel } from "@/components/models/TrainingPanel";
import { RequireRole } from "@/components/projects/RequireRole";
import { useSlug } from "@/components/projects/useSlug";
import { useModels } from "@/state/models";

const TABS = ["models", "training", "effort"] as const;
type Tab = (typeof TABS)[number];

export function EnginePage() {
  const slug = useSlug();
  return (
    <RequireRole slug={slug} roles={["manager"]}>
      <Content slug={slug} />
    </RequireRole>
  );
}

function Content({ slug }: { readonly slug: string }) {
  const search: { tab?: string | undefined } = useSearch({ strict: false });
  const navigate = useNavigate();
  const [registering, setRegistering] = useState(false);
  const tab: Tab = TABS.find((one) => one === search.tab) ?? "models";
  const registry = useModels(slug);
  return (
    <>
      <PageHeader
        title={t("Engine")}
        description={t(
          "The models that make the first masks of this project: what they were trained on, how they compare, and how much raters still have to change.",
        )}
        actions={
          <Button variant="default" leftSection={<IconFileImport size={16} />} onClick={() => setRegistering(true)}>
            {t("Register an ONNX network")}
          </Button>
        }
      />
      <Tabs
        value={tab}
        onChange={(next) => void navigate({ to: ".", search: next === "models" ? {} : { tab: next ?? undefined } })}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="models">{t("Models")}</Tabs.Tab>
          <Tabs.Tab value="training">{t("Training")}</Tabs.Tab>
          <Tabs.Tab value="effort">{t("Edit effort")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="models">
          <QueryState query={registry}>{(data) => <ModelPanel slug={slug} registry={data} />}</QueryState>
        </Tabs.Panel>
        <Tabs.Panel value="training">
          <QueryState query={registry}>{(data) => <TrainingPanel slug={slug} registry={data} />}</QueryState>
        </Tabs.Panel>
        <Tabs.Panel value="effort">
          <EffortPanel slug={slug} />
        </Tabs.Panel>
      </Tabs>
      <OnnxForm slug={slug} opened={registering} onClose={() => setRegistering(false)} />
    </>
  );
}
