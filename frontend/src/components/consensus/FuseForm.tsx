import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, Checkbox, Group, NumberInput, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { FusionMethod } from "@/api/types";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useConsensusActions } from "@/state/consensus";
import { METHOD_OPTIONS } from "./FusionList";
import { slotName } from "./heatmap";

interface FuseFormProps {
  readonly caseId: string;
  /** Letters of the raters whose masks are fused. */
  readonly slots: readonly string[];
  /** Whether weights were chosen for the project. */
  readonly hasWeights: boolean;
}

const HINTS: Readonly<Record<FusionMethod, string>> = {
  majority: t("Each voxel goes where most raters put it; ties are broken by shape."),
  weighted: t("Like majority, but some raters count more than others."),
  staple: t("Estimates each rater's sensitivity and specificity for each vertebra; needs three raters."),
  sba: t("Averages signed distances to the surfaces; the choice for two raters."),
};

/** Of two raters nothing tells which one is right; the server refuses it as well. */
const STAPLE_FEWEST_RATERS = 3;

/** Fuses again with another method or other parameters. Former results stay. */
export function FuseForm({ caseId, slots, hasWeights }: FuseFormProps) {
  const { fuse } = useConsensusActions(caseId);
  const [method, setMethod] = useState<FusionMethod>(slots.length < STAPLE_FEWEST_RATERS ? "sba" : "staple");
  const [weights, setWeights] = useState<number[]>(() => slots.map(() => 1));
  const [stored, setStored] = useState(hasWeights);
  const [iterations, setIterations] = useState(1000);
  const [clean, setClean] = useState(true);
  const submit = () => {
    const parameters = {
      clean,
      ...(method === "weighted" && !stored && { weights }),
      ...(method === "staple" && { staple_iterations: iterations }),
    };
    act(
      fuse,
      { method, parameters },
      {
        onSuccess: () => notifyDone(t("Fusing. The result appears in the list when it is ready.")),
        onError: (error) => notifyFailure(error, t("Fusing did not start")),
      },
    );
  };
  return (
    <Stack gap="sm">
      <Select
        label={t("Method")}
        allowDeselect={false}
        data={METHOD_OPTIONS.filter(({ value }) => value !== "staple" || slots.length >= STAPLE_FEWEST_RATERS)}
        value={method}
        onChange={(value) => value !== null && setMethod(value as FusionMethod)}
        description={HINTS[method]}
      />
      {method === "weighted" && (
        <Checkbox
          label={t("Take the weights chosen under reliability")}
          description={
            hasWeights
              ? t("A rater whose mask is clearly a mistake here does not count.")
              : t("None are chosen for this project yet.")
          }
          disabled={!hasWeights}
          checked={stored}
          onChange={(event) => setStored(event.currentTarget.checked)}
        />
      )}
      {method === "weighted" && !stored && (
        <Group grow>
          {weights.map((weight, index) => (
            <NumberInput
              key={index}
              label={t("Weight of {{index}}", { index: slots[index] ?? slotName(index) })}
              min={0}
              step={0.1}
              decimalScale={2}
              value={weight}
              onChange={(value) => setWeights(weights.map((old, other) => (other === index ? Number(value) : old)))}
            />
          ))}
        </Group>
      )}
      {method === "staple" && (
        <NumberInput
          label={t("Iterations at most")}
          min={1}
          max={5000}
          value={iterations}
          onChange={(value) => setIterations(Number(value) || 1)}
        />
      )}
      <Checkbox
        label={t("Remove islands and fill holes")}
        checked={clean}
        onChange={(event) => setClean(event.currentTarget.checked)}
      />
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {t("Inputs are never changed.")}
        </Text>
        <Button onClick={submit} loading={fuse.isPending} variant="light" data-testid="fuse">
          {t("Fuse again")}
        </Button>
      </Group>
    </Stack>
  );
}
