import { Badge, type MantineColor, Tooltip } from "@mantine/core";
import { IconCheck, IconCircleDashed, IconClock, IconLoader2, IconPlayerStop, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { answered, inSentence, plural, t } from "@/i18n";
import type { CaseState, JobState, MaskSource, Role } from "@/api/types";
import { dueState, formatDate } from "@/state/format";

interface Look {
  readonly text: string;
  readonly color: MantineColor;
  readonly icon?: ReactNode;
}

const JOB_LOOKS: Record<JobState, Look> = {
  queued: { text: t("Queued"), color: "gray", icon: <IconClock size={13} /> },
  running: { text: t("Running"), color: "petrol", icon: <IconLoader2 size={13} /> },
  succeeded: { text: t("Done"), color: "green", icon: <IconCheck size={13} /> },
  failed: { text: t("Failed"), color: "red", icon: <IconX size={13} /> },
  cancelled: { text: t("Cancelled"), color: "gray", icon: <IconPlayerStop size={13} /> },
};

export function JobBadge({ state }: { readonly state: JobState }) {
  const look = JOB_LOOKS[state];
  return (
    <Badge color={look.color} leftSection={look.icon}>
      {look.text}
    </Badge>
  );
}

const CASE_LOOKS: Record<CaseState, Look> = {
  waiting: { text: t("Waiting for engine"), color: "gray" },
  in_progress: { text: t("In progress"), color: "petrol" },
  accepted: { text: t("Accepted"), color: "green" },
  excluded: { text: t("Excluded"), color: "red" },
};

export const CASE_STATE_OPTIONS = Object.entries(CASE_LOOKS).map(([value, { text }]) => ({ value, label: text }));

export function CaseBadge({ state }: { readonly state: CaseState }) {
  return <Badge color={CASE_LOOKS[state].color}>{CASE_LOOKS[state].text}</Badge>;
}

const ASSIGNMENT_LOOKS: Record<string, Look> = {
  open: { text: t("Open"), color: "petrol" },
  submitted: { text: t("Submitted"), color: "green" },
  returned: { text: t("Returned"), color: "amber" },
  cancelled: { text: t("Withdrawn"), color: "gray" },
};

export function AssignmentBadge({ state }: { readonly state: string }) {
  const look = ASSIGNMENT_LOOKS[state] ?? { text: state, color: "gray" };
  return <Badge color={look.color}>{look.text}</Badge>;
}

const SOURCE_LOOKS: Record<MaskSource, Look> = {
  engine: { text: t("Engine"), color: "grape" },
  import: { text: t("Imported"), color: "indigo" },
  empty: { text: t("Empty"), color: "gray" },
  rater: { text: t("Rater"), color: "petrol" },
  fusion: { text: t("Fusion"), color: "violet" },
  adjudication: { text: t("Adjudication"), color: "amber" },
  review: { text: t("Review"), color: "green" },
};

export function SourceBadge({ source }: { readonly source: string }) {
  const look = SOURCE_LOOKS[source as MaskSource] ?? { text: source, color: "gray" };
  return <Badge color={look.color}>{look.text}</Badge>;
}

export const ROLE_NAMES: Record<Role, string> = {
  manager: t("Manager"),
  rater: t("Rater"),
  radiologist: t("Radiologist"),
  researcher: t("Researcher"),
  physicist: t("Physicist"),
};

export const ROLE_DUTIES: Record<Role, string> = {
  manager: t("Uploads, assigns, follows the work and releases"),
  rater: t("Corrects masks and grades vertebrae"),
  radiologist: t("Grades, adjudicates and reviews"),
  researcher: t("Downloads releases"),
  physicist: t("Verifies calibrations"),
};

/** The role within a sentence, one or more people of it. */
export function roleWord(role: Role, n: number): string {
  return ROLE_WORDS[role](n);
}

const ROLE_WORDS: Record<Role, (n: number) => string> = {
  manager: (n) => plural(n, "manager", "managers"),
  rater: (n) => plural(n, "rater", "raters"),
  radiologist: (n) => plural(n, "radiologist", "radiologists"),
  researcher: (n) => plural(n, "researcher", "researchers"),
  physicist: (n) => plural(n, "physicist", "physicists"),
};

/** To choose a role from, each with what it does. */
export const ROLE_OPTIONS = (Object.keys(ROLE_NAMES) as Role[]).map((value) => ({
  value,
  label: `${ROLE_NAMES[value]}: ${inSentence(ROLE_DUTIES[value])}`,
}));

const FLAG_TEXTS: Record<string, string> = {
  concern: t("Somebody told you about their task: open the case"),
  returned: t("Returned by a reviewer"),
  overdue: t("Past its due date"),
  blank_start: t("Somebody starts without the engine's mask, to measure its influence"),
  engine_failed: t("No engine made a mask: open the case to try again, choose another or start without one"),
  comparison_failed: t("The raters could not be compared"),
  naming_open: t("The engine guessed the names, and nobody has confirmed them yet"),
  naming_unknown: t("An expert said that the names cannot be told from this scan"),
  adjudication: t("Raters differ enough for an expert to decide"),
};

/** Flags whose word says too little by itself. */
const FLAG_NAMES: Record<string, string> = {
  concern: t("For the manager"),
  naming_open: t("Names are a guess"),
  naming_unknown: t("Names cannot be told"),
};

export function FlagBadge({ flag }: { readonly flag: string }) {
  const words = flag.replaceAll("_", " ");
  const label = FLAG_NAMES[flag] ?? answered(words.charAt(0).toUpperCase() + words.slice(1));
  return (
    <Tooltip label={FLAG_TEXTS[flag] ?? label}>
      <Badge color="amber">{label}</Badge>
    </Tooltip>
  );
}

export function DueBadge({ dueOn }: { readonly dueOn: string | null }) {
  const state = dueState(dueOn);
  if (state === "none") return null;
  const color = state === "overdue" ? "red" : state === "soon" ? "amber" : "gray";
  return (
    <Badge color={color} leftSection={<IconCircleDashed size={11} />}>
      {state === "overdue" ? t("Overdue") : t("Due")} {formatDate(dueOn)}
    </Badge>
  );
}
