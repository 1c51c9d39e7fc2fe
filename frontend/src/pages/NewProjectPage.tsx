import { answered, t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, Card, Group, Radio, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useNavigate } from "@tanstack/react-router";
import { ApiError } from "@/api/errors";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState, RowsSkeleton } from "@/components/common/QueryState";
import classes from "@/components/projects/ProjectCard.module.css";
import { StageFlow } from "@/components/projects/StageFlow";
import { needText, peopleNeeded } from "@/components/projects/staffing";
import { useLeaveProject } from "@/state/activeProject";
import { useCreateProject, useProtocols } from "@/state/projects";
import { slugOf } from "@/state/slug";

export function NewProjectPage() {
  useLeaveProject();
  const protocols = useProtocols();
  const create = useCreateProject();
  const navigate = useNavigate();
  const form = useForm({
    initialValues: { name: "", slug: "", description: "", protocol_key: "" },
    validate: {
      name: (value) => (value.trim().length < 3 ? t("Give it a name of three letters or more") : null),
      slug: (value) =>
        value === "" || /^[a-z0-9]+(-[a-z0-9]+)*$/.test(value)
          ? null
          : t("Small letters, digits and single dashes only"),
      protocol_key: (value) => (value === "" ? t("Choose how the work is organised") : null),
    },
  });
  const submit = form.onSubmit(({ slug, ...values }) => {
    act(
      create,
      { ...values, name: values.name.trim(), slug: slug || slugOf(values.name) },
      {
        onSuccess: (project) => {
          notifyDone(t("{{name}} is ready. Upload the first CTs.", { name: project.name }));
          void navigate({ to: "/projects/$slug/upload", params: { slug: project.slug } });
        },
        onError: (error) => {
          if (error instanceof ApiError) {
            for (const { field, message } of error.problems) if (field !== null) form.setFieldError(field, message);
          }
          notifyFailure(error, t("The project was not created"));
        },
      },
    );
  });
  return (
    <>
      <PageHeader
        title={t("New project")}
        trail={[{ label: t("Projects"), to: "/projects" }]}
        description={t("You become its manager. People, guidelines and thresholds can be changed later.")}
      />
      <form onSubmit={submit} noValidate>
        <Stack maw={1080} gap="lg">
          <Card padding="lg">
            <Stack>
              <TextInput
                label={t("Name")}
                required
                autoFocus
                data-testid="project-name"
                placeholder={t("Thoracolumbar fractures 2026")}
                {...form.getInputProps("name")}
              />
              <TextInput
                label={t("Address")}
                description={t("How the project appears in links; made from the name where left empty")}
                leftSection={
                  <Text size="sm" c="dimmed">
                    /projects/
                  </Text>
                }
                leftSectionWidth={80}
                placeholder={slugOf(form.values.name)}
                {...form.getInputProps("slug")}
              />
              <Textarea
                label={t("Description")}
                autosize
                minRows={2}
                placeholder={t("Which patients, which question, who pays for it")}
                {...form.getInputProps("description")}
              />
            </Stack>
          </Card>
          <section aria-labelledby="protocol-title">
            <Title order={2} id="protocol-title" mb={4}>
              {t("Protocol")}
            </Title>
            <Text c="dimmed" size="sm" mb="sm">
              {t("Which stages a case passes, how many people take each, and what goes to an expert.")}
            </Text>
            <QueryState query={protocols} skeleton={<RowsSkeleton count={2} height={150} />}>
              {(rows) => (
                <Radio.Group aria-labelledby="protocol-title" {...form.getInputProps("protocol_key")}>
                  <Stack>
                    {rows.map((protocol) => (
                      <Radio.Card
                        key={protocol.key}
                        value={protocol.key}
                        className={classes.choice}
                        data-testid={`protocol-${protocol.key}`}
                      >
                        <Group wrap="nowrap" align="flex-start" gap="md">
                          <Radio.Indicator mt={3} />
                          <Stack gap="sm" style={{ flex: 1 }}>
                            <div>
                              <Text fw={600}>{protocol.name}</Text>
                              <Text size="sm" c="dimmed">
                                {t("{{description}} Needs at least {{stages}}.", {
                                  description: answered(protocol.description),
                                  stages: peopleNeeded(protocol.stages).map(needText).join(t(" and ")),
                                })}
                              </Text>
                            </div>
                            <StageFlow stages={protocol.stages} />
                          </Stack>
                        </Group>
                      </Radio.Card>
                    ))}
                  </Stack>
                </Radio.Group>
              )}
            </QueryState>
          </section>
          <Group justify="flex-end">
            <Button type="submit" size="md" loading={create.isPending} data-testid="create-project">
              {t("Create project")}
            </Button>
          </Group>
        </Stack>
      </form>
    </>
  );
}
