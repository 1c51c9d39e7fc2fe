import { Badge, Button, Group, Radio, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import type { NamingDispute } from "@/api/assignments";
import { levelChain, nameOf } from "@/domain/labels";
import { sourceInText } from "./ComparePanel";
import styles from "./workstation.module.css";

const OTHER = "other";
const USUAL = { thoracic: 12, lumbar: 5 } as const;

interface Props {
  readonly naming: NamingDispute;
  readonly readOnly: boolean;
  readonly busy: boolean;
  readonly onSettle: (labels: readonly number[], reason: string) => void;
}

function rangeText(labels: readonly number[]): string {
  const [first] = labels;
  const last = labels.at(-1);
  if (first === undefined || last === undefined) return "";
  return labels.length === 1 ? nameOf(first) : t("{{first}} to {{last}}", { first: nameOf(first), last: nameOf(last) });
}

/** The vertebrae counted on from a first one, as in a spine without T13 and L6; `null` where it ends before. */
function countedFrom(first: number, count: number): number[] | null {
  const chain = levelChain(USUAL);
  const at = chain.indexOf(first);
  return at < 0 || at + count > chain.length ? null : chain.slice(at, at + count);
}

/** One question for the whole column: which names are right. Shapes stay as they are. */
export function NamingPanel({ naming, readOnly, busy, onSettle }: Props) {
  const present = naming.instances.map(({ label }) => label);
  const startChoice = naming.chosen
    ? naming.candidates.findIndex(({ labels }) => labels.join() === naming.chosen?.join())
    : -1;
  const [choice, setChoice] = useState(
    naming.chosen && startChoice < 0 ? OTHER : startChoice < 0 ? "" : String(startChoice),
  );
  const [first, setFirst] = useState(present[0] ?? 0);
  const [reason, setReason] = useState(naming.reason);
  const wanted =
    choice === OTHER ? countedFrom(first, present.length) : (naming.candidates[Number(choice || -1)]?.labels ?? null);
  const starts = levelChain(USUAL).filter((label) => countedFrom(label, present.length) !== null);
  return (
    <Stack gap="xs" className={styles["rowItem"] ?? ""} data-testid="naming">
      <Group justify="space-between">
        <Text fw={600}>{t("Names of {{present}} vertebrae", { present: present.length })}</Text>
        {naming.chosen ? (
          <Badge color="teal">{rangeText(naming.chosen)}</Badge>
        ) : (
          <Badge color="amber">{t("Open")}</Badge>
        )}
      </Group>
      <Text size="sm">
        {t("{{candidates}} Decide once for all; the shapes stay as they are.", {
          candidates:
            naming.candidates.length > 1 ? t("The raters count differently.") : t("The engine guessed these names."),
        })}
      </Text>
      <Radio.Group value={choice} onChange={setChoice} aria-label={t("Names from the head down")}>
        <Stack gap={6}>
          {naming.candidates.map(({ labels, sources }, place) => (
            <Radio
              key={labels.join()}
              size="xs"
              value={String(place)}
              disabled={readOnly}
              label={`${rangeText(labels)} (${sources.map((key) => sourceInText(key)).join(", ")})`}
              description={labels.length <= 6 ? labels.map(nameOf).join(", ") : undefined}
              data-testid={`names-${place}`}
            />
          ))}
          <Radio size="xs" value={OTHER} disabled={readOnly} label={t("Another count")} />
        </Stack>
      </Radio.Group>
      {choice === OTHER && (
        <Select
          size="xs"
          label={t("The uppermost is")}
          allowDeselect={false}
          searchable
          data={starts.map((label) => ({ value: String(label), label: nameOf(label) }))}
          value={String(first)}
          onChange={(value) => value && setFirst(Number(value))}
        />
      )}
      {!readOnly && (
        <>
          <TextInput
            size="xs"
            label={t("Why")}
            placeholder={t("For example: ribs end at the vertebra above")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Button
            size="compact-sm"
            disabled={wanted === null || busy}
            onClick={() => wanted && onSettle(wanted, reason.trim())}
            data-testid="settle-names"
          >
            {wanted ? t("Name them {{wanted}}", { wanted: rangeText(wanted) }) : t("Name them")}
          </Button>
        </>
      )}
    </Stack>
  );
}
