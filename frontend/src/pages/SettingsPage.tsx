import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, Card, Group, NumberInput, Stack, Switch, Tabs, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useNavigate, useSearch } from "@tanstack/react-router";
import type { Project } from "@/api/types";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { PageHeader } from "@/components/common/PageHeader";
import { useUnsaved } from "@/components/common/useUnsaved";
import { GradingSchemaEditor } from "@/components/projects/GradingSchemaEditor";
import { FindingRulesForm } from "@/components/projects/FindingRulesForm";
import { GuidelinesEditor } from "@/components/projects/GuidelinesEditor";
import { InclusionEditor } from "@/components/projects/InclusionEditor";
import { ProtocolEditor } from "@/components/projects/ProtocolEditor";
import { RequireRole } from "@/components/projects/RequireRole";
import { useSlug } from "@/components/projects/useSlug";
import { Webhooks } from "@/components/webhooks/Webhooks";
import { useProject, useUpdateProject } from "@/state/projects";

const TABS = ["protocol", "grading", "inclusion", "guidelines", "checks", "webhooks", "general"] as const;

export function SettingsPage() {
  const slug = useSlug();
  const search: { tab?: string | undefined } = useSearch({ strict: false });
  const navigate = useNavigate();
  const tab = TABS.find((one) => one === search.tab) ?? "protocol";
  const project = useProject(slug);
  return (
    <RequireRole slug={slug} roles={["manager"]}>
      <PageHeader title={t("Settings")} />
      <Tabs
        value={tab}
        onChange={(next) => void navigate({ to: ".", search: next === "protocol" ? {} : { tab: next ?? undefined } })}
        keepMounted={false}
      >
        <Tabs.List mb="lg">
          <Tabs.Tab value="protocol">{t("Protocol")}</Tabs.Tab>
          <Tabs.Tab value="grading">{t("Grading")}</Tabs.Tab>
          <Tabs.Tab value="inclusion">{t("Inclusion")}</Tabs.Tab>
          <Tabs.Tab value="guidelines">{t("Guidelines")}</Tabs.Tab>
          <Tabs.Tab value="checks" data-testid="settings-checks">
            {t("Checks")}
          </Tabs.Tab>
          <Tabs.Tab value="webhooks">{t("Webhooks")}</Tabs.Tab>
          <Tabs.Tab value="general">{t("General")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="protocol">
          <ProtocolEditor project={project} />
        </Tabs.Panel>
        <Tabs.Panel value="grading">
          <GradingSchemaEditor slug={slug} />
        </Tabs.Panel>
        <Tabs.Panel value="inclusion">
          <InclusionEditor slug={slug} />
        </Tabs.Panel>
        <Tabs.Panel value="guidelines">
          <GuidelinesEditor project={project} />
        </Tabs.Panel>
        <Tabs.Panel value="checks">
          <FindingRulesForm project={project} />
        </Tabs.Panel>
        <Tabs.Panel value="webhooks">
          <Webhooks slug={slug} />
        </Tabs.Panel>
        <Tabs.Panel value="general">
          <GeneralForm project={project} />
        </Tabs.Panel>
      </Tabs>
    </RequireRole>
  );
}

function GeneralForm({ project }: { readonly project: Project }) {
  const update = useUpdateProject(project.slug);
  const form = useForm({
    initialValues: {
      name: project.name,
      description: project.description,
      working_spacing_mm: project.working_spacing_mm,
      dicomweb: project.dicomweb,
    },
    validate: {
      name: (value) => (value.trim() === "" ? t("A project needs a name") : null),
      working_spacing_mm: (value) => (value >= 0.3 && value <= 5 ? null : t("Between 0.3 and 5 mm")),
    },
  });
  useUnsaved(form.isDirty());
  const submit = form.onSubmit((values) =>
    act(update, values, {
      onSuccess: () => {
        form.resetDirty();
        notifyDone(t("Saved."));
      },
      onError: (error) => notifyFailure(error, t("Not saved")),
    }),
  );
  return (
    <Card padding="lg" maw={720}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <TextInput label={t("Name")} {...form.getInputProps("name")} />
          <Textarea label={t("Description")} autosize minRows={2} {...form.getInputProps("description")} />
          <div>
            <Title order={3}>{t("Working resolution")}</Title>
            <Text size="sm" c="dimmed" mb="xs">
              {t(
                "Axes that are finer are reduced to it on upload; coarser ones stay as they are. It holds for series that are uploaded from now on.",
              )}
            </Text>
            <NumberInput
              label={t("Spacing")}
              suffix=" mm"
              min={0.3}
              max={5}
              step={0.1}
              decimalScale={2}
              maw={200}
              {...form.getInputProps("working_spacing_mm")}
            />
          </div>
          <div>
            <Title order={3}>{t("Other programs")}</Title>
            <Text size="sm" c="dimmed" mb="xs">
              {t(
                "Viewers and archives such as OHIF and a PACS read over DICOMweb what their user may see here: managers all accepted cases, researchers those of releases. Each case that is read is on record.",
              )}
            </Text>
            <Switch
              label={t("Other programs may read accepted cases over DICOMweb")}
              data-testid="settings-dicomweb"
              {...form.getInputProps("dicomweb", { type: "checkbox" })}
            />
          </div>
          <Group justify="flex-end">
            <Button type="submit" loading={update.isPending} disabled={!form.isDirty()}>
              {t("Save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
