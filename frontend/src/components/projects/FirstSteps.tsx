import { Card, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { t } from "@/i18n";
import type { Board, Project } from "@/api/types";
import { TextLink } from "@/components/common/links";
import { type ListedStep, StepList } from "@/components/common/StepList";
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
      <StepList steps={listed(steps, project.slug)} />
    </Card>
  );
}

/** As the list shows them. */
export function listed(steps: readonly FirstStep[], slug: string): ListedStep[] {
  return steps.map(({ key, done }) => ({ key, done, title: linkOf(key, slug), hint: HINTS[key] }));
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
        <TextLink inherit to="/projects/$slug/upload" params={params}>
          {t("Upload CTs")}
        </TextLink>
      );
    case "people":
      return (
        <TextLink inherit to="/projects/$slug/members" params={params}>
          {t("Invite people")}
        </TextLink>
      );
    case "guidelines":
      return (
        <TextLink inherit to="/projects/$slug/settings" params={params} search={{ tab: "guidelines" }}>
          {t("Check the guidelines")}
        </TextLink>
      );
    case "try":
      return (
        <TextLink inherit to="/projects/$slug/cases" params={params}>
          {t("Try a case")}
        </TextLink>
      );
  }
}
