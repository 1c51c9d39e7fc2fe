import { Badge, Button, Group, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { answered, decimal, t } from "@/i18n";
import type { AdjudicationItem, AnswerOfRater, AssignmentDetail } from "@/api/assignments";
import { reasonName } from "@/domain/grading";
import { nameOf } from "@/domain/labels";
import { asksForMask, isGradeOnly } from "./undecided";
import styles from "./workstation.module.css";

const REASONS: Readonly<Record<string, string>> = {
  dice: t("Masks overlap too little"),
  hd95: t("Borders lie too far apart"),
  grade: t("Grades differ"),
  naming: t("Named differently"),
  unconfirmed: t("Name not certain"),
  missing: t("Not drawn by all"),
  volume: t("STAPLE differs from the majority by more than 10 %"),
  size: t("One outline is too large to be this vertebra"),
  sizes: t("Outlines differ in size by more than a third"),
  methods: t("Ways of fusing differ by more than a third"),
  not_converged: t("STAPLE did not settle on a result"),
  returned: t("Returned by the reviewer"),
  changed: t("Changed since it was settled"),
};

export interface Choice {
  readonly label: number;
  readonly choice: "fused" | "rater" | "painted";
  readonly slot: string | null;
  readonly reason: string;
}

interface Props {
  readonly sources: NonNullable<AssignmentDetail["adjudication"]>["sources"];
  readonly items: readonly AdjudicationItem[];
  readonly activeLabel: number;
  readonly readOnly: boolean;
  readonly busy: boolean;
  readonly onGo: (label: number) => void;
  readonly reasonOf: (label: number) => string;
  readonly onReason: (label: number, reason: string) => void;
  readonly onChoose: (choice: Choice) => void;
  /** A source is pointed at (its outline is shown), or no longer. */
  readonly onPreview: (key: string | null) => void;
}

function decisionText(item: AdjudicationItem): string | null {
  if (!item.decision) return null;
  if (item.decision.choice === "painted") return t("Painted by you");
  if (item.decision.choice === "named") return t("Named");
  return item.decision.choice === "rater"
    ? t("Taken from {{slot}}", { slot: item.decision.slot ?? t("a rater") })
    : t("Fused mask taken");
}

function ItemBadge({ item }: { readonly item: AdjudicationItem }) {
  const decided = decisionText(item);
  if (item.decision?.carried)
    return <Badge color="gray">{t("Settled: {{decided}}", { decided: decided ?? "" })}</Badge>;
  if (decided !== null) return <Badge color="teal">{decided}</Badge>;
  if (isGradeOnly(item)) return <Badge color="gray">{t("Under Grade")}</Badge>;
  return asksForMask(item) ? (
    <Badge color="amber">{t("Open")}</Badge>
  ) : (
    <Badge color="gray">{t("With the names")}</Badge>
  );
}

/** How far the raters' shapes lie apart at worst. */
function shapeText({ dice, hd95_mm: hd95 }: AdjudicationItem): string {
  const parts = [
    dice === null ? [] : [t("Dice {{dice}}", { dice: decimal(dice.toFixed(3)) })],
    hd95 === null ? [] : [t("95 % of the borders within {{hd95}} mm", { hd95: decimal(hd95.toFixed(1)) })],
  ];
  return parts.flat().join(", ");
}

/** A rater's answer on one line: "B grade 2 wedge: endplate broken". */
function gradeText({ slot, grade, fracture_type: type, not_gradable_reason: why, comment }: AnswerOfRater): string {
  const answer =
    grade === null
      ? t("not gradable{{why}}", { why: why ? ` (${reasonName(why)})` : "" })
      : t("grade {{grade}}{{type}}", { grade, type: type ? ` ${answered(type)}` : "" });
  return `${slot} ${answer}${comment ? `: ${comment}` : ""}`;
}

/** What a source calls the vertebra, where that is another name or where it is not drawn. */
function nameNote(item: AdjudicationItem, key: string): string | null {
  const name = item.names[key];
  if (name === undefined || name === item.label) return null;
  return name === 0 ? t("not drawn there") : t("called {{name}} there", { name: nameOf(name) });
}

/** What the raters disagree about, one vertebra after the other. */
export function AdjudicatePanel({ items, activeLabel, ...shared }: Props) {
  const open = items.filter((item) => !item.decision && asksForMask(item));
  const toDecide = items.filter(asksForMask).length;
  const next = open.find((item) => item.label !== activeLabel) ?? open[0];
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text fw={600}>
          {toDecide === 0 && items.length > 0
            ? items.every(isGradeOnly)
              ? t("Only grades differ")
              : t("Only names are open")
            : t("{{toDecide}} of {{toDecide2}} decided", { toDecide: toDecide - open.length, toDecide2: toDecide })}
        </Text>
        <Tooltip label={t("The next one that is not decided; the key u also ticks this one")}>
          <Button size="compact-xs" variant="light" disabled={!next} onClick={() => next && shared.onGo(next.label)}>
            {t("Next open")}
          </Button>
        </Tooltip>
      </Group>
      {items.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("Nothing lies over the limits. Look through the fused mask and submit.")}
        </Text>
      )}
      {items.map((item) => (
        <Item key={item.label} item={item} active={item.label === activeLabel} {...shared} />
      ))}
    </Stack>
  );
}

function Item({
  item,
  sources,
  active,
  readOnly,
  busy,
  onGo,
  reasonOf,
  onReason,
  onChoose,
  onPreview,
}: Omit<Props, "items" | "activeLabel"> & { item: AdjudicationItem; active: boolean }) {
  const reason = reasonOf(item.label);
  const choose = (choice: Choice["choice"], slot: string | null): void =>
    onChoose({ label: item.label, choice, slot, reason: reason.trim() });
  return (
    <div className={styles["rowItem"]} data-active={active} data-testid={`item-${nameOf(item.label)}`}>
      <Group justify="space-between" mb={4}>
        <Button size="compact-sm" variant={active ? "filled" : "default"} onClick={() => onGo(item.label)}>
          {nameOf(item.label)}
        </Button>
        <ItemBadge item={item} />
      </Group>
      <Text size="sm">
        {item.reason
          .split(",")
          .map((code) => REASONS[code.trim()] ?? code)
          .join("; ")}
      </Text>
      <Text size="xs" c="dimmed" className="tabular">
        {shapeText(item)}
      </Text>
      {item.grades.length > 0 && (
        <Stack gap={0} mt={2}>
          {item.grades.map((answer) => (
            <Text key={answer.slot} size="xs" c="dimmed">
              {gradeText(answer)}
            </Text>
          ))}
        </Stack>
      )}
      {active && !readOnly && isGradeOnly(item) && (
        <Text size="xs" mt={4}>
          {t("Give the grade that stands under Grade. The mask stays as it is unless you choose another.")}
        </Text>
      )}
      {active && !readOnly && (
        <Stack gap={6} mt={8}>
          <Group gap={6}>
            {sources.map(({ key, title }) => (
              <Button
                key={key}
                size="compact-sm"
                variant="light"
                disabled={busy}
                title={[title, nameNote(item, key), t("Shift + {{key}}", { key: key === "fused" ? "F" : key })]
                  .filter(Boolean)
                  .join(", ")}
                onClick={() => (key === "fused" ? choose("fused", null) : choose("rater", key))}
                onMouseEnter={() => onPreview(key)}
                onMouseLeave={() => onPreview(null)}
                onFocus={() => onPreview(key)}
                onBlur={() => onPreview(null)}
                data-testid={`take-${key}`}
              >
                {key === "fused" ? t("Take fused") : t("Take {{key}}", { key })}
              </Button>
            ))}
            <Button
              size="compact-sm"
              variant="default"
              disabled={busy}
              title="Shift + P"
              onClick={() => choose("painted", null)}
              data-testid="take-painted"
            >
              {t("Keep as painted")}
            </Button>
          </Group>
          <TextInput
            size="xs"
            placeholder={t("Reason (optional)")}
            aria-label={t("Reason")}
            value={reason}
            onChange={(event) => onReason(item.label, event.currentTarget.value)}
          />
        </Stack>
      )}
    </div>
  );
}
