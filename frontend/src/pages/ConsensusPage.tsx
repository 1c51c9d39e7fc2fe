import { t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
import { act } from "@/components/common/act";
import { Alert, Badge, Button, Card, Grid, Group, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconArrowsJoin } from "@tabler/icons-react";
import { useParams } from "@tanstack/react-router";
import type { CaseDetail, Consensus, ProtocolStage } from "@/api/types";
import { Message } from "@/components/common/Message";
import { PageHeader } from "@/components/common/PageHeader";
import { notifyFailure } from "@/components/common/notify";
import { QueryState } from "@/components/common/QueryState";
import { AgreementGrid } from "@/components/consensus/AgreementGrid";
import { FuseForm } from "@/components/consensus/FuseForm";
import { FusionList } from "@/components/consensus/FusionList";
import { GradeHistory } from "@/components/consensus/GradeHistory";
import { GradeTable } from "@/components/consensus/GradeTable";
import { SpotList } from "@/components/consensus/SpotList";
import { VersionChanges } from "@/components/consensus/VersionChanges";
import { LookLink } from "@/components/viewing/LookLink";
import { useCase } from "@/state/cases";
import { useConsensus, useConsensusActions } from "@/state/consensus";
import { projectQuery, useProjectOfPage } from "@/state/projects";
import { mayActAs, useMe } from "@/state/session";
import { nameOf } from "@/domain/labels";
import { useQuery } from "@tanstack/react-query";

export function ConsensusPage() {
  const { id } = useParams({ from: "/guarded/shell/cases/$id/consensus" });
  const detail = useCase(id);
  useProjectOfPage(detail.data?.project_slug);
  return <QueryState query={detail}>{(data) => <CaseConsensus detail={data} />}</QueryState>;
}

function thresholdsOf(stages: readonly ProtocolStage[]): Partial<ProtocolStage["thresholds"]> {
  return stages.find(({ kind }) => kind === "adjudicate")?.thresholds ?? {};
}

function CaseConsensus({ detail }: { readonly detail: CaseDetail }) {
  const consensus = useConsensus(detail.id);
  return (
    <>
      <PageHeader
        title={t("Comparison and consensus")}
        documentTitle={t("Consensus of {{alias}}", { alias: detail.alias })}
        trail={[
          { label: t("Cases"), to: `/projects/${detail.project_slug}/cases` },
          { label: detail.alias, to: `/cases/${detail.id}` },
        ]}
        description={t(
          "How far the raters agree, what was fused from their work, and who decided what. Raters are letters here.",
        )}
      />
      <QueryState query={consensus} skeleton={<Skeleton h={420} role="status" aria-label={t("Loading")} />}>
        {(data) => <Content detail={detail} consensus={data} />}
      </QueryState>
    </>
  );
}

function Content({ detail, consensus }: { readonly detail: CaseDetail; readonly consensus: Consensus }) {
  const me = useMe();
  const { data: project } = useQuery(projectQuery(detail.project_slug));
  const { comparison, fusions, decisions, agreed_grades: agreed } = consensus;
  if (comparison === null) {
    return (
      <Card>
        <Message icon={<IconArrowsJoin />} title={t("Nothing to compare yet")}>
          {t("The raters are compared as soon as all of them have submitted.")}
        </Message>
      </Card>
    );
  }
  const manager = mayActAs(me, detail.project_slug, "manager");
  const own = detail.tasks
    .flatMap(({ kind, assignments }) => assignments.map((assignment) => ({ kind, ...assignment })))
    .find(({ kind, rater }) => (kind === "adjudicate" || kind === "review") && rater?.id === me.id);
  const slots = comparison.report.slots;
  const maskSlots = comparison.report.mask_slots;
  return (
    <Stack gap="lg">
      <ComparisonState caseId={detail.id} state={comparison.state} error={comparison.error} manager={manager} />
      <FailedFusions caseId={detail.id} failed={consensus.failed_fusions} manager={manager} />
      {(comparison.report.suspects ?? []).map(({ slot, code, text }) => (
        <Alert key={`${slot}-${code}`} color="red" icon={<IconAlertTriangle />} title={t("Rater {{slot}}", { slot })}>
          {text}
        </Alert>
      ))}
      {comparison.report.suspects === null &&
        comparison.report.empty_raters.map((index) => (
          <Alert key={index} color="red" icon={<IconAlertTriangle />}>
            <Rich text="Rater <1/> submitted an empty mask; it does not count in fusions." parts={[slots[index]]} />
          </Alert>
        ))}
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, xl: 7 }}>
          <Stack gap="lg">
            <Section title={t("Agreement of masks")}>
              <AgreementGrid report={comparison.report} thresholds={thresholdsOf(project?.protocol.stages ?? [])} />
            </Section>
            <Section title={t("What changed between two versions")}>
              <VersionChanges caseId={detail.id} versions={consensus.versions} />
            </Section>
            <Section title={t("Where they differ")}>
              <SpotList
                spots={comparison.spots}
                total={comparison.spots_total}
                caseId={detail.id}
                assignmentId={own?.id ?? null}
              />
            </Section>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, xl: 5 }}>
          <Stack gap="lg">
            <Section title={t("Fused masks")}>
              <Stack>
                {maskSlots.length > 1 || fusions.length > 0 ? (
                  <FusionList caseId={detail.id} fusions={fusions} mayChoose={manager} />
                ) : (
                  <Text c="dimmed">{t("Only grades were compared: there is nothing to fuse.")}</Text>
                )}
                {manager && comparison.state === "succeeded" && maskSlots.length > 1 && (
                  <FuseForm caseId={detail.id} slots={maskSlots} hasWeights={consensus.has_weights} />
                )}
              </Stack>
            </Section>
            {comparison.state === "succeeded" && (
              <Section title={t("Grades")}>
                <GradeTable caseId={detail.id} grades={comparison.report.grades} slots={slots} agreed={agreed} />
              </Section>
            )}
            <Section title={t("How the final grades came about")}>
              <GradeHistory caseId={detail.id} />
            </Section>
            <Section title={t("Decisions on masks")}>
              <Decisions caseId={detail.id} decisions={decisions} />
            </Section>
          </Stack>
        </Grid.Col>
      </Grid>
      <Text size="sm" c="dimmed">
        {t("Compared by {{software_version}}.", { software_version: comparison.software_version })}
      </Text>
    </Stack>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <Card padding="lg" component="section" aria-label={title}>
      <Title order={2} mb="md">
        {title}
      </Title>
      {children}
    </Card>
  );
}

interface ComparisonStateProps {
  readonly caseId: string;
  readonly state: string;
  readonly error: string;
  readonly manager: boolean;
}

function ComparisonState({ caseId, state, error, manager }: ComparisonStateProps) {
  const { retryComparison } = useConsensusActions(caseId);
  if (state === "failed") {
    return (
      <Alert
        color="red"
        icon={<IconAlertTriangle />}
        title={t("The comparison failed")}
        data-testid="comparison-failed"
      >
        <Stack gap="xs" align="flex-start">
          {error}
          {manager && (
            <Button
              size="xs"
              color="red"
              variant="light"
              loading={retryComparison.isPending}
              onClick={() =>
                act(retryComparison, undefined, {
                  onError: (problem) => notifyFailure(problem, t("It was not started")),
                })
              }
            >
              {t("Compare again")}
            </Button>
          )}
        </Stack>
      </Alert>
    );
  }
  if (state === "queued" || state === "running") {
    return <Alert color="petrol">{t("The raters are being compared. This page fills by itself.")}</Alert>;
  }
  return null;
}

function FailedFusions({
  caseId,
  failed,
  manager,
}: {
  readonly caseId: string;
  readonly failed: Consensus["failed_fusions"];
  readonly manager: boolean;
}) {
  const { retryFusion } = useConsensusActions(caseId);
  return failed.map(({ job_id: job, method, error }) => (
    <Alert
      key={job}
      color="red"
      icon={<IconAlertTriangle />}
      title={t("Fusing by {{method}} failed", { method })}
      data-testid="fusion-failed"
    >
      <Stack gap="xs" align="flex-start">
        {error}
        {manager && (
          <Button
            size="xs"
            color="red"
            variant="light"
            loading={retryFusion.isPending}
            onClick={() =>
              act(retryFusion, job, { onError: (problem) => notifyFailure(problem, t("It was not started")) })
            }
          >
            {t("Fuse again")}
          </Button>
        )}
      </Stack>
    </Alert>
  ));
}

const CHOICE_NAMES: Readonly<Record<string, string>> = {
  rule: t("by rule"),
  named: t("by its name"),
  fused: t("the fused mask"),
  rater: t("a rater's mask"),
  painted: t("painted by the expert"),
};

interface DecisionsProps {
  readonly caseId: string;
  readonly decisions: Consensus["decisions"];
}

function Decisions({ caseId, decisions }: DecisionsProps) {
  if (decisions.length === 0) return <Text c="dimmed">{t("Nothing was decided yet.")}</Text>;
  return (
    <Table verticalSpacing={5} data-testid="decisions">
      <Table.Tbody>
        {decisions.map(({ label, choice, slot, reason }) => (
          <Table.Tr key={label}>
            <Table.Th w={70}>{nameOf(label)}</Table.Th>
            <Table.Td>
              <Group gap={8}>
                <Badge color={choice === "rule" ? "gray" : "amber"}>
                  {choice === "rater" && slot !== null
                    ? t("rater {{slot}}", { slot })
                    : (CHOICE_NAMES[choice] ?? choice)}
                </Badge>
                {reason !== "" && <Text size="sm">{reason}</Text>}
                <LookLink caseId={caseId} place={{ label }} label={t("Look at {{title}}", { title: nameOf(label) })} />
              </Group>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
