import { Anchor, Button, Card, Group, SimpleGrid, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { t } from "@/i18n";
import type { Home } from "@/api/types";
import { TextLink } from "@/components/common/links";
import { StepList } from "@/components/common/StepList";
import { useTakeNext } from "@/components/projects/NextTaskButton";
import { useHome } from "@/state/cases";
import { useFirstHourNotes } from "@/state/firstHour";

type FirstHourRow = Home["first_hours"][number];
type Key = FirstHourRow["steps"][number]["key"];

const TITLES: Readonly<Record<Key, string>> = {
  guidelines: t("Read the guidelines"),
  tour: t("Take the tour of the workstation"),
  training: t("Do a training case"),
  submit: t("Submit your first task"),
  grade: t("Grade your first vertebra"),
  settle: t("Settle your first disagreement"),
  terms: t("Accept the terms of a release"),
  look: t("Look into a release"),
  download: t("Download a release"),
  check: t("Check what arrived"),
};

const HINTS: Readonly<Record<Key, string>> = {
  guidelines: t("What belongs to a vertebra here, and how fractures are graded."),
  tour: t("Five steps, on the first task that you open."),
  training: t("A case with a known answer. You see how yours compares."),
  submit: t("Everything is saved as you go, so you can stop and come back."),
  grade: t("In a task, with the keys 0 to 3."),
  settle: t("The task opens at the first place where raters differ."),
  terms: t("Once for each release that has some."),
  look: t("Its cases open in the viewer, before anything is downloaded."),
  download: t("As one archive, or in parts that can be resumed."),
  check: t("Compare the files with the checksums that come with them: sha256sum --check SHA256SUMS"),
};

/** What a person does first in each project that they are new to; nothing for those at home everywhere. */
export function FirstHours({ rows }: { readonly rows: Home["first_hours"] }) {
  const notes = useFirstHourNotes();
  const open = rows.filter(({ project }) => !notes.has("away", project.slug));
  if (open.length === 0) return null;
  return (
    <SimpleGrid cols={{ base: 1, lg: open.length > 1 ? 2 : 1 }} data-testid="first-hours">
      {open.map((row) => (
        <FirstHourCard key={row.project.slug} row={row} />
      ))}
    </SimpleGrid>
  );
}

/** The same on the page of one project, where a list that was put away comes back. */
export function FirstHourIn({ slug }: { readonly slug: string }) {
  const notes = useFirstHourNotes();
  const rows = useHome().data?.first_hours.filter(({ project }) => project.slug === slug);
  if (rows === undefined || rows.length === 0) return null;
  if (!notes.has("away", slug)) return <FirstHours rows={rows} />;
  return (
    <Group>
      <Button
        variant="subtle"
        color="gray"
        size="xs"
        onClick={() => notes.remove("away", slug)}
        data-testid={`show-first-hour-${slug}`}
      >
        {t("Show the list of the first hour again")}
      </Button>
    </Group>
  );
}

function FirstHourCard({ row }: { readonly row: FirstHourRow }) {
  const { add } = useFirstHourNotes();
  const { slug, name } = row.project;
  const done = row.steps.filter((step) => step.done).length;
  const id = `first-hour-${slug}`;
  return (
    <Card padding="lg" component="section" aria-labelledby={id} data-testid={id}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="sm">
        <div>
          <Title order={2} id={id}>
            {t("First hour in {{name}}", { name })}
          </Title>
          <Text size="sm" c="dimmed" className="tabular">
            {t("{{done}} of {{steps}} done", { done, steps: row.steps.length })}
          </Text>
        </div>
        <Button
          variant="subtle"
          color="gray"
          size="xs"
          onClick={() => add("away", slug)}
          aria-label={t("Put the list of {{name}} away", { name })}
          style={{ flex: "none" }}
          data-testid={`put-away-${slug}`}
        >
          {t("Put away")}
        </Button>
      </Group>
      <StepList
        steps={row.steps.map(({ key, done: isDone }) => ({
          key,
          done: isDone,
          title: <Way step={key} row={row} />,
          hint: <Hint step={key} slug={slug} />,
        }))}
      />
    </Card>
  );
}

/** The step's words, leading to where it is done. */
function Way({ step, row }: { readonly step: Key; readonly row: FirstHourRow }): ReactNode {
  const { take, isPending } = useTakeNext();
  const { slug } = row.project;
  const title = TITLES[step];
  switch (step) {
    case "guidelines":
      return (
        <TextLink inherit to="/projects/$slug/guidelines" params={{ slug }}>
          {title}
        </TextLink>
      );
    case "check":
      return (
        <TextLink inherit to="/help" search={{ guide: "researcher" }}>
          {title}
        </TextLink>
      );
    case "look":
    case "terms":
    case "download":
      return row.release === null ? (
        title
      ) : (
        <TextLink inherit to="/releases/$id" params={{ id: row.release }}>
          {title}
        </TextLink>
      );
    default:
      return (
        <Anchor component="button" type="button" inherit c="inherit" disabled={isPending} onClick={() => take(slug)}>
          {title}
        </Anchor>
      );
  }
}

function Hint({ step, slug }: { readonly step: Key; readonly slug: string }) {
  const { add } = useFirstHourNotes();
  if (step !== "check") return HINTS[step];
  return (
    <>
      {HINTS.check}{" "}
      <Anchor
        component="button"
        type="button"
        size="sm"
        underline="always"
        onClick={() => add("checked", slug)}
        data-testid="files-checked"
      >
        {t("I have checked them")}
      </Anchor>
    </>
  );
}
