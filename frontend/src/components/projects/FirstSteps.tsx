import { Card, Group, Stack, Text, Title } from "@mantine/core";
import { IconCircleCheckFilled, IconCircleDashed } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { t } from "@/i18n";
import type { Board, Project } from "@/api/types";
import { TextLink } from "@/components/common/links";
import { useMembers } from "@/state/projects";
import { firstSteps, type FirstStep } from "./firstSteps";

interface FirstStepsProps {
  readonly project: Project;
  readonly board: Board | undefined;
}

/** What a new project needs first, ticked as it is done; nothing once the project runs. */
export function FirstSteps({ project, board }: FirstStepsProps) {
  const members = useMembers(project.slug).data;
  if (members === undefined || board === undefined) return null;
  const steps = firstSteps({ project, members, board });
  if (steps.length === 0) return null;
  return (
    <Card padding="lg" component="section" aria-labelledby="first-steps-title" data-testid="first-steps">
      <Title order={2} id="first-steps-title" mb="sm">
        {t("First steps")}
      </Title>
      <StepList steps={steps} slug={project.slug} />
    </Card>
  );
}

/** The steps in their order, each with what is meant and where it is done. */
export function StepList({ steps, slug }: { readonly steps: readonly FirstStep[]; readonly slug: string }) {
  return (
    <Stack component="ol" gap="sm" m={0} p={0} style={{ listStyle: "none" }}>
      {steps.map(({ key, done }) => (
        <Group
          component="li"
          key={key}
          wrap="nowrap"
          align="flex-start"
          gap="sm"
          data-testid={`step-${key}`}
          data-done={done}
        >
          {done ? (
            <IconCircleCheckFilled size={20} color="var(--mantine-color-green-filled)" aria-hidden="true" />
          ) : (
            <IconCircleDashed size={20} aria-hidden="true" />
          )}
          <div>
            <Text size="sm" fw={600}>
              {linkOf(key, slug)} <span className="visually-hidden">({done ? t("done") : t("to do")})</span>
            </Text>
            <Text size="sm" c="dimmed">
              {HINTS[key]}
            </Text>
          </div>
        </Group>
      ))}
    </Stack>
  );
}

const HINTS: Readonly<Record<FirstStep["key"], string>> = {
  upload: t("Each series becomes a case and gets its first mask from the engine."),
  people: t("As many as the protocol needs. They join when they accept."),
  guidelines: t("Rules of annotation come with the project. Read them, and change what is different with you."),
  try: t("Take one as a rater (give yourself the role under Members) and submit it, before others begin."),
};

function linkOf(key: FirstStep["key"], slug: string): ReactNode {
  const params = { slug };
  switch (key) {
    case "upload":
      return (
        <TextLink to="/projects/$slug/upload" params={params}>
          {t("Upload CTs")}
        </TextLink>
      );
    case "people":
      return (
        <TextLink to="/projects/$slug/members" params={params}>
          {t("Invite people")}
        </TextLink>
      );
    case "guidelines":
      return (
        <TextLink to="/projects/$slug/settings" params={params} search={{ tab: "guidelines" }}>
          {t("Check the guidelines")}
        </TextLink>
      );
    case "try":
      return (
        <TextLink to="/projects/$slug/cases" params={params}>
          {t("Try a case")}
        </TextLink>
      );
  }
}
