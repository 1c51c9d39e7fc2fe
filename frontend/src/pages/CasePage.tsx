import { Button, Card, Grid, Group, Stack, Table, Text, Timeline, Title, Tooltip } from "@mantine/core";
import { IconArrowsDiff, IconEye, IconHistory } from "@tabler/icons-react";
import { Link, useParams } from "@tanstack/react-router";
import { answered, t } from "@/i18n";
import type { CaseDetail, MaskInfo } from "@/api/types";
import { AnswerKeyCard } from "@/components/cases/AnswerKeyCard";
import { BlindCard } from "@/components/cases/BlindCard";
import { CaseControls } from "@/components/cases/CaseControls";
import { ConcernCard } from "@/components/cases/ConcernCard";
import { ExclusionCard } from "@/components/cases/ExclusionCard";
import { NamingCard } from "@/components/cases/NamingCard";
import { provenanceText } from "@/components/cases/provenance";
import { RulersCard } from "@/components/cases/RulersCard";
import { TaskList } from "@/components/cases/TaskList";
import { ActionsHead } from "@/components/common/ActionsHead";
import { CaseBadge, DueBadge, FlagBadge, SourceBadge } from "@/components/common/badges";
import { ButtonLink } from "@/components/common/links";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { Thumbnail } from "@/components/common/Thumbnail";
import { RunHistory } from "@/components/imaging/RunHistory";
import { LookLink } from "@/components/viewing/LookLink";
import { nameOf, sortLabels } from "@/domain/labels";
import { agreedText, methodText } from "@/components/workstation/agreedText";
import { useCase } from "@/state/cases";
import { formatDateTime, formatNumber, formatRelative } from "@/state/format";
import { useProjectOfPage } from "@/state/projects";
import { mayActAs, useMe } from "@/state/session";

export function CasePage() {
  const { id } = useParams({ from: "/guarded/shell/cases/$id" });
  const query = useCase(id);
  const project = useProjectOfPage(query.data?.project_slug);
  return (
    <QueryState query={query}>
      {(detail) => <CaseView detail={detail} projectName={project?.name ?? detail.project_slug} />}
    </QueryState>
  );
}

interface CaseViewProps {
  readonly detail: CaseDetail;
  readonly projectName: string;
}

function CaseView({ detail, projectName }: CaseViewProps) {
  const me = useMe();
  const manager = mayActAs(me, detail.project_slug, "manager");
  return (
    <>
      <PageHeader
        documentTitle={detail.alias}
        title={
          <Group gap="sm" component="span">
            {detail.alias}
            <CaseBadge state={detail.state} />
            <DueBadge dueOn={detail.due_on} />
            {detail.flags.map((flag) => (
              <FlagBadge key={flag} flag={flag} />
            ))}
          </Group>
        }
        trail={[
          { label: projectName, to: `/projects/${detail.project_slug}` },
          { label: t("Cases"), to: `/projects/${detail.project_slug}/cases` },
        ]}
        description={t("{{pseudonym}}, series {{number}}{{state}}", {
          pseudonym: detail.series.pseudonym,
          number: detail.series.number,
          state:
            detail.state === "in_progress"
              ? t(" · in {{stage_title}}", { stage_title: answered(detail.stage_title) })
              : "",
        })}
        actions={
          <>
            <ButtonLink
              to="/cases/$id/view"
              params={{ id: detail.id }}
              variant="default"
              leftSection={<IconEye size={16} />}
              data-testid="open-view"
            >
              {t("Look at the pictures")}
            </ButtonLink>
            <Button
              component={Link}
              to={`/cases/${detail.id}/consensus`}
              variant="default"
              leftSection={<IconArrowsDiff size={16} />}
              data-testid="open-consensus"
            >
              {t("Comparison and consensus")}
            </Button>
          </>
        }
      />
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack gap="lg">
            {manager && detail.state === "waiting" && (
              <WaitingForMask slug={detail.project_slug} volumeId={detail.volume_id} />
            )}
            <Card padding="lg">
              <Group wrap="nowrap" align="flex-start" gap="lg">
                <Thumbnail
                  url={detail.thumbnail_url}
                  alt={t("Preview of {{alias}}", { alias: detail.alias })}
                  width={120}
                  height={160}
                />
                <Grades detail={detail} />
              </Group>
            </Card>
            <ConcernCard detail={detail} />
            <NamingCard detail={detail} />
            <Card padding="lg">
              <Title order={2} mb="md">
                {t("Tasks")}
              </Title>
              <TaskList detail={detail} manager={manager} />
            </Card>
            <RulersCard detail={detail} />
            <Card padding="lg">
              <Title order={2} mb="md">
                {t("Mask versions")}
              </Title>
              <MaskTable caseId={detail.id} masks={detail.masks} />
            </Card>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack gap="lg">
            <BlindCard detail={detail} />
            {manager && <CaseControls detail={detail} />}
            {manager && detail.exclusion === null && <AnswerKeyCard detail={detail} />}
            {manager && <ExclusionCard detail={detail} />}
            <Card padding="lg">
              <Title order={2} mb="md">
                <IconHistory size={18} style={{ verticalAlign: "-2px" }} aria-hidden="true" /> {t("History")}
              </Title>
              <History detail={detail} />
            </Card>
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}

/** What holds up a case that has no mask yet, and the engines to choose from. */
function WaitingForMask({ slug, volumeId }: { readonly slug: string; readonly volumeId: string }) {
  return (
    <Card padding="lg" data-testid="waiting-for-mask">
      <Title order={2} mb="md">
        {t("First mask")}
      </Title>
      <RunHistory slug={slug} volumeId={volumeId} />
    </Card>
  );
}

function Grades({ detail }: { readonly detail: CaseDetail }) {
  const grades = new Map(detail.agreed_grades.map((grade) => [grade.label, grade]));
  if (grades.size === 0) {
    return (
      <div>
        <Title order={2}>{t("Agreed grades")}</Title>
        <Text c="dimmed" size="sm">
          {t("None yet. They stand here when the readers have submitted and their differences are settled.")}
        </Text>
      </div>
    );
  }
  return (
    <div style={{ flex: 1 }}>
      <Title order={2} mb="xs">
        {t("Agreed grades")}
      </Title>
      <Group gap={6}>
        {sortLabels(grades.keys()).map((label) => {
          const grade = grades.get(label);
          const value = grade?.grade ?? null;
          const fractured = value !== null && value > 0;
          return (
            <Tooltip
              key={label}
              label={grade === undefined ? t("no answer") : `${agreedText(grade)}, ${methodText(grade.method)}`}
            >
              <div
                style={{
                  minWidth: 46,
                  padding: "3px 8px",
                  borderRadius: 6,
                  textAlign: "center",
                  border: "1px solid var(--vb-line)",
                  background: fractured ? "var(--mantine-color-amber-light)" : "transparent",
                }}
              >
                <Text size="xs" c={fractured ? "var(--mantine-color-text)" : "dimmed"}>
                  {nameOf(label)}
                </Text>
                <Text fw={600} className="tabular">
                  {value ?? "n/g"}
                </Text>
              </div>
            </Tooltip>
          );
        })}
      </Group>
    </div>
  );
}

function MaskTable({ caseId, masks }: { readonly caseId: string; readonly masks: readonly MaskInfo[] }) {
  if (masks.length === 0) return <Text c="dimmed">{t("No mask yet. The engine makes the first one.")}</Text>;
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table verticalSpacing="xs" data-testid="mask-versions">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Version")}</Table.Th>
            <Table.Th>{t("Made by")}</Table.Th>
            <Table.Th ta="right">{t("Vertebrae")}</Table.Th>
            <Table.Th ta="right">{t("Voxels")}</Table.Th>
            <Table.Th>{t("When")}</Table.Th>
            <ActionsHead />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {masks.map((mask, place) => {
            const counts = Object.values(mask.label_voxels);
            return (
              <Table.Tr key={mask.id}>
                <Table.Td className="tabular" fw={600}>
                  {mask.number}
                </Table.Td>
                <Table.Td>
                  <Group gap={8}>
                    <SourceBadge source={mask.source} />
                    {mask.author !== null && <Text size="sm">{mask.author}</Text>}
                  </Group>
                  <Text size="xs" c="dimmed">
                    {provenanceText(mask.provenance)}
                  </Text>
                </Table.Td>
                <Table.Td ta="right" className="tabular">
                  {counts.length}
                </Table.Td>
                <Table.Td ta="right" className="tabular">
                  {formatNumber(counts.reduce((sum, count) => sum + count, 0))}
                </Table.Td>
                <Table.Td>
                  <Tooltip label={formatDateTime(mask.created_at)}>
                    <Text size="sm" style={{ whiteSpace: "nowrap" }}>
                      {formatRelative(mask.created_at)}
                    </Text>
                  </Tooltip>
                </Table.Td>
                <Table.Td>
                  <Stack gap={0} align="flex-end">
                    <LookLink
                      caseId={caseId}
                      place={{ version: mask.id }}
                      label={t("Look at version {{number}}", { number: mask.number })}
                    />
                    {place > 0 && (
                      <LookLink
                        caseId={caseId}
                        place={{ version: mask.id, against: masks[place - 1]?.id }}
                        label={t("Changes from version {{number}} to {{number2}}", {
                          number: masks[place - 1]?.number ?? "",
                          number2: mask.number,
                        })}
                      >
                        {t("Changes")}
                      </LookLink>
                    )}
                  </Stack>
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function History({ detail: { id, timeline, masks } }: { readonly detail: CaseDetail }) {
  if (timeline.length === 0) return <Text c="dimmed">{t("Nothing has happened yet.")}</Text>;
  return (
    <Timeline bulletSize={12} lineWidth={2} active={-1} styles={{ item: { marginTop: 14 } }} data-testid="timeline">
      {timeline.toReversed().map(({ at, actor, text, mask_id: maskId, label }, index) => (
        <Timeline.Item key={`${at}${index}`}>
          <Group gap={4} justify="space-between" wrap="nowrap">
            <Text size="sm">{answered(text)}</Text>
            {masks.some((mask) => mask.id === maskId) ? (
              <LookLink
                caseId={id}
                place={{ version: maskId ?? undefined }}
                label={t("Look at the mask: {{text}}", { text: answered(text) })}
              />
            ) : (
              label !== null &&
              masks.length > 0 && (
                <LookLink
                  caseId={id}
                  place={{ label }}
                  label={t("Look at the vertebra: {{text}}", { text: answered(text) })}
                />
              )
            )}
          </Group>
          <Text size="xs" c="dimmed">
            {actor ?? t("the system")} · {formatDateTime(at)}
          </Text>
        </Timeline.Item>
      ))}
    </Timeline>
  );
}
