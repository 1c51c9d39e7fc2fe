import { answered, t } from "@/i18n";
import { act } from "@/components/common/act";
import {
  Alert,
  Button,
  Card,
  Checkbox,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useState } from "react";
import type { FusionMethod, PeopleGroup, Project, Protocol, ProtocolStage, StagePlaces, StagePlan } from "@/api/types";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useUnsaved } from "@/components/common/useUnsaved";
import { METHOD_OPTIONS } from "@/components/consensus/FusionList";
import { QualityFields, shareProblem } from "@/components/quality/QualityFields";
import { useGroups } from "@/state/groups";
import { useUpdateProject } from "@/state/projects";
import { useQuality } from "@/state/quality";
import { GroupSelect } from "./GroupSelect";
import { SimulationCard } from "./SimulationCard";
import { StageFlow } from "./StageFlow";
import { StagePlanDialog, workInStages, type StageWork } from "./StagePlanDialog";

const MAX_OVERLAP = 9;
const NO_GROUPS: readonly PeopleGroup[] = [];

/** The protocol as a picture, with those of its numbers that may change while the work goes on. */
export function ProtocolEditor({ project }: { readonly project: Project }) {
  const update = useUpdateProject(project.slug);
  const [protocol, setProtocol] = useState<Protocol>(project.protocol);
  const [work, setWork] = useState<readonly StageWork[] | null>(null);
  const dirty = JSON.stringify(protocol) !== JSON.stringify(project.protocol);
  useUnsaved(dirty);
  const groups = useGroups(project.slug).data ?? NO_GROUPS;
  const problem = shareProblem(protocol.quality);
  const places = new Map(useQuality(project.slug).data?.places.map((row) => [row.key, row]));
  const changeStage = (key: string, changes: Partial<ProtocolStage>) =>
    setProtocol((old) => ({
      ...old,
      stages: old.stages.map((stage) => (stage.key === key ? { ...stage, ...changes } : stage)),
    }));
  const takeOut = (key: string) =>
    setProtocol((old) => ({ ...old, stages: old.stages.filter((stage) => stage.key !== key) }));
  const save = (plans: StagePlan[]) =>
    act(
      update,
      { protocol, ...(plans.length > 0 && { stage_plans: plans }) },
      {
        onSuccess: (saved) => {
          setProtocol(saved.protocol);
          setWork(null);
          notifyDone(t("The protocol is saved."));
        },
        onError: (error) => {
          const counted = workInStages(error);
          setWork(counted);
          // The first refusal is the question; one after an answer says why that cannot be.
          if (counted === null || plans.length > 0) notifyFailure(error, t("Not saved"));
        },
      },
    );
  return (
    <Stack gap="lg">
      <Card padding="lg">
        <Title order={2}>{protocol.name}</Title>
        <Text c="dimmed" mb="md">
          {answered(protocol.description)}
        </Text>
        <StageFlow stages={protocol.stages} />
      </Card>
      <Alert icon={<IconInfoCircle />} color="petrol">
        {t(
          "The number of raters and the group reach open tasks at once: free places come and go, nobody loses work in hand. All other changes hold for tasks that open from now on, and what was submitted stays as it was. A stage with work in it goes only when you say what becomes of that work.",
        )}
      </Alert>
      <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
        {protocol.stages.map((stage) => (
          <StageCard
            key={stage.key}
            stage={stage}
            places={places.get(stage.key)}
            groups={groups}
            onChange={(changes) => changeStage(stage.key, changes)}
            onTakeOut={() => takeOut(stage.key)}
          />
        ))}
      </SimpleGrid>
      <QualityFields protocol={protocol} onChange={setProtocol} />
      <SimulationCard slug={project.slug} protocol={protocol} />
      <Group justify="flex-end">
        <Button variant="default" disabled={!dirty} onClick={() => setProtocol(project.protocol)}>
          {t("Undo changes")}
        </Button>
        <Button
          onClick={() => save([])}
          disabled={!dirty || problem !== null}
          loading={update.isPending}
          data-testid="save-protocol"
        >
          {t("Save protocol")}
        </Button>
      </Group>
      {work !== null && (
        <StagePlanDialog
          work={work}
          protocol={protocol}
          busy={update.isPending}
          onSave={save}
          onClose={() => setWork(null)}
        />
      )}
    </Stack>
  );
}

interface StageCardProps {
  readonly stage: ProtocolStage;
  readonly places?: StagePlaces | undefined;
  readonly groups: readonly PeopleGroup[];
  readonly onChange: (changes: Partial<ProtocolStage>) => void;
  readonly onTakeOut: () => void;
}

/** What a number of raters does to the tasks that are open now. */
function placesText({ tasks, places, taken }: StagePlaces): string {
  if (tasks === 0) return t("No open task");
  const cases = tasks === 1 ? t("1 open task") : t("{{tasks}} open tasks", { tasks });
  return t("{{cases}}, {{taken}} of {{places}} places taken", { cases, taken, places });
}

function StageCard({ stage, places, groups, onChange, onTakeOut }: StageCardProps) {
  const overlaps = stage.kind === "correct" || stage.kind === "grade";
  return (
    <Card padding="lg">
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <Title order={3}>{answered(stage.title)}</Title>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            onClick={onTakeOut}
            aria-label={t("Take out {{title}}", { title: stage.title })}
            data-testid={`take-out-${stage.key}`}
          >
            {t("Take out")}
          </Button>
        </Group>
        <TextInput
          label={t("Title")}
          maxLength={80}
          value={stage.title}
          onChange={(event) => onChange({ title: event.currentTarget.value })}
        />
        {overlaps && (
          <NumberInput
            label={t("Raters for each case")}
            description={places === undefined ? undefined : placesText(places)}
            min={1}
            max={MAX_OVERLAP}
            value={stage.overlap}
            onChange={(value) => onChange({ overlap: Math.min(MAX_OVERLAP, Math.max(1, Number(value) || 1)) })}
          />
        )}
        {stage.kind !== "fuse" && (
          <GroupSelect
            label={t("Only for the group")}
            description={t("Nobody else is offered its tasks; raters are not told")}
            choice={{ groups, id: stage.group, choose: (group) => onChange({ group }) }}
          />
        )}
        {stage.kind === "correct" && (
          <>
            <NumberInput
              label={t("Cases that start without a mask")}
              description={t("Against automation bias")}
              suffix=" %"
              min={0}
              max={100}
              value={Math.round(100 * stage.blank_share)}
              onChange={(value) => onChange({ blank_share: Math.min(100, Math.max(0, Number(value) || 0)) / 100 })}
            />
            <Checkbox
              label={t("Grade vertebrae too")}
              checked={stage.grade}
              onChange={(event) => onChange({ grade: event.currentTarget.checked })}
            />
          </>
        )}
        {stage.kind === "fuse" && (
          <Select
            label={t("Method")}
            allowDeselect={false}
            data={METHOD_OPTIONS}
            value={stage.method}
            onChange={(value) => value !== null && onChange({ method: value as FusionMethod })}
          />
        )}
        {stage.kind === "adjudicate" && <ThresholdFields stage={stage} onChange={onChange} />}
        {stage.kind === "review" && (
          <Text size="sm" c="dimmed">
            {t("One radiologist accepts the case or returns it with a comment; never somebody who worked on it.")}
          </Text>
        )}
      </Stack>
    </Card>
  );
}

function ThresholdFields({ stage, onChange }: Pick<StageCardProps, "stage" | "onChange">) {
  const thresholds = stage.thresholds;
  const change = (changes: Partial<ProtocolStage["thresholds"]>) =>
    onChange({ thresholds: { ...thresholds, ...changes } });
  return (
    <>
      <Text size="sm" c="dimmed">
        {t("A vertebra goes to the expert when one of these holds; the others are accepted automatically.")}
      </Text>
      <NumberInput
        label={t("Dice below")}
        min={0}
        max={1}
        step={0.01}
        decimalScale={3}
        value={thresholds.dice_below}
        onChange={(value) => change({ dice_below: Number(value) })}
      />
      <NumberInput
        label={t("HD95 above")}
        suffix=" mm"
        min={0}
        step={0.5}
        decimalScale={1}
        value={thresholds.hd95_mm_above}
        onChange={(value) => change({ hd95_mm_above: Number(value) })}
      />
      <Checkbox
        label={t("Grades differ")}
        checked={thresholds.grade_disagreement}
        onChange={(event) => change({ grade_disagreement: event.currentTarget.checked })}
      />
      <Select
        label={t("Grades that no expert sees")}
        description={t("Ties always go to the expert")}
        allowDeselect={false}
        data={[
          { value: "median", label: t("Median") },
          { value: "majority", label: t("Majority") },
          { value: "dawid_skene", label: t("Dawid and Skene, once every reader has 50") },
        ]}
        value={thresholds.grades}
        onChange={(value) => value !== null && change({ grades: value as typeof thresholds.grades })}
      />
    </>
  );
}
