import { Alert, Badge, Card, Group, Image, Loader, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconSchool } from "@tabler/icons-react";
import { useParams } from "@tanstack/react-router";
import { decimal, t } from "@/i18n";
import { addressOf } from "@/api/client";
import type { Feedback } from "@/api/types";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { NextTaskButton } from "@/components/projects/NextTaskButton";
import { nameOf } from "@/domain/labels";
import { useLeaveProject } from "@/state/activeProject";
import { useFeedback } from "@/state/quality";

type Vertebra = Feedback["vertebrae"][number];

const WORTH_A_PICTURE = 0.97;
const MOST_PICTURES = 6;

/** What a trainee learns from a training case: scores, grades and pictures of what differs. */
export function FeedbackPage() {
  useLeaveProject();
  const { id } = useParams({ from: "/guarded/shell/assignments/$id/feedback" });
  const feedback = useFeedback(id);
  return (
    <QueryState query={feedback}>
      {(report) => (
        <>
          <PageHeader
            documentTitle={t("Feedback")}
            title={
              <Group gap="sm" component="span">
                {report.case_alias}
                <Badge color="petrol">{t("Training")}</Badge>
                {report.ready && (
                  <Badge color={report.passed ? "green" : "red"}>{report.passed ? t("Passed") : t("Not passed")}</Badge>
                )}
              </Group>
            }
            trail={[{ label: t("My work"), to: "/" }]}
            description={t("Your work beside the accepted mask and grades, in {{project}}.", {
              project: report.project["name"] ?? t("the project"),
            })}
            actions={<NextTaskButton slug={report.project["slug"] ?? ""} />}
          />
          {report.ready ? <Scores id={id} report={report} /> : <Scoring />}
        </>
      )}
    </QueryState>
  );
}

function Scoring() {
  return (
    <Card padding="lg">
      <Group role="status">
        <Loader size="sm" />
        <Text>{t("Your work is being compared with the answer. This page shows it by itself.")}</Text>
      </Group>
    </Card>
  );
}

function Scores({ id, report }: { readonly id: string; readonly report: Feedback }) {
  const worst = report.vertebrae
    .filter(({ dice }) => dice < WORTH_A_PICTURE)
    .toSorted((a, b) => a.dice - b.dice)
    .slice(0, MOST_PICTURES);
  return (
    <Stack gap="lg" data-testid="feedback">
      {report.note !== "" && (
        <Alert color="red" icon={<IconAlertTriangle />} title={t("Something is wrong with the whole mask")}>
          {report.note}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Figure
          name={t("Mean Dice")}
          value={decimal(report.mean_dice?.toFixed(3)) ?? "–"}
          wanted={t("{{dice_wanted}} to pass", { dice_wanted: decimal(report.dice_wanted.toFixed(2)) })}
          good={report.mean_dice === null || report.mean_dice >= report.dice_wanted}
        />
        <Figure
          name={t("Grades exactly right")}
          value={report.grades_exact === null ? "–" : `${Math.round(100 * report.grades_exact)} %`}
          wanted={t("{{grades_wanted}} % to pass", { grades_wanted: Math.round(100 * report.grades_wanted) })}
          good={report.grades_exact === null || report.grades_exact >= report.grades_wanted}
        />
      </SimpleGrid>
      <Card padding="lg">
        <Title order={2} mb="sm">
          {t("Vertebra by vertebra")}
        </Title>
        <VertebraTable report={report} />
      </Card>
      {worst.length > 0 && (
        <Card padding="lg">
          <Title order={2}>{t("What differs most")}</Title>
          <Text size="sm" c="dimmed" mb="md">
            {t("Sagittal, coronal and axial through the middle: your outline in orange over the answer in green.")}
          </Text>
          <Stack gap="lg">
            {worst.map(({ label, dice }) => (
              <figure key={label} style={{ margin: 0 }}>
                <Image
                  src={addressOf("/api/v1/assignments/{assignment_id}/feedback/{label}.png", {
                    assignment_id: id,
                    label,
                  })}
                  alt={t("{{label}}: your outline and the answer's", { label: nameOf(label) })}
                  fit="contain"
                  mah={260}
                  w="auto"
                  maw="100%"
                  radius="sm"
                />
                <Text size="sm" component="figcaption" mt={4}>
                  {t("{{label}}, Dice {{dice}}", { label: nameOf(label), dice: decimal(dice.toFixed(3)) })}
                </Text>
              </figure>
            ))}
          </Stack>
        </Card>
      )}
    </Stack>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly wanted: string;
  readonly good: boolean;
}

function Figure({ name, value, wanted, good }: FigureProps) {
  return (
    <Card padding="lg">
      <Group gap="md" wrap="nowrap">
        <IconSchool size={28} aria-hidden="true" />
        <div>
          <Text size="sm" c="dimmed">
            {name}
          </Text>
          <Text fz="xl" fw={700} className="tabular">
            {value}
          </Text>
          <Badge variant="light" color={good ? "green" : "red"}>
            {wanted}
          </Badge>
        </div>
      </Group>
    </Card>
  );
}

function remark({ state, named }: Vertebra): string {
  if (state === "missing") return t("Not drawn");
  if (state === "extra") return t("The answer has no such vertebra");
  return named === null ? "" : t("You named it {{named}}", { named: nameOf(named) });
}

function VertebraTable({ report: { vertebrae, grades } }: { readonly report: Feedback }) {
  const byLabel = new Map(grades.map((row) => [row.label, row]));
  const labels = vertebrae.length > 0 ? vertebrae.map(({ label }) => label) : grades.map(({ label }) => label);
  const shapes = new Map(vertebrae.map((row) => [row.label, row]));
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table verticalSpacing={6} className="tabular">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Vertebra")}</Table.Th>
            <Table.Th ta="right">Dice</Table.Th>
            <Table.Th ta="right">{t("HD95 (mm)")}</Table.Th>
            <Table.Th ta="right">{t("Your volume (ml)")}</Table.Th>
            <Table.Th ta="right">{t("Answer (ml)")}</Table.Th>
            <Table.Th>{t("Your grade")}</Table.Th>
            <Table.Th>{t("Answer")}</Table.Th>
            <Table.Th>{t("Remark")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {labels.map((label) => {
            const shape = shapes.get(label);
            const grade = byLabel.get(label);
            const wrong = grade !== undefined && grade.given !== grade.answer;
            return (
              <Table.Tr key={label}>
                <Table.Th>{nameOf(label)}</Table.Th>
                <Table.Td ta="right">{decimal(shape?.dice.toFixed(3)) ?? "–"}</Table.Td>
                <Table.Td ta="right">{decimal(shape?.hd95_mm?.toFixed(1)) ?? "–"}</Table.Td>
                <Table.Td ta="right">{decimal(shape?.volume_ml?.toFixed(1)) ?? "–"}</Table.Td>
                <Table.Td ta="right">{decimal(shape?.answer_ml?.toFixed(1)) ?? "–"}</Table.Td>
                <Table.Td fw={wrong ? 700 : 400}>{grade?.given ?? "–"}</Table.Td>
                <Table.Td>{grade?.answer ?? "–"}</Table.Td>
                <Table.Td>{shape === undefined ? "" : remark(shape)}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
