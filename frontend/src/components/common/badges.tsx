import { Badge, type MantineColor, Tooltip } from "@mantine/core";
import { IconCheck, IconCircleDashed, IconClock, IconLoader2, IconPlayerStop, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { inSentence, plural } from "@/i18n";
import type { CaseState, JobState, MaskSource, Role } from "@/api/types";
import { dueState, formatDate } from "@/state/format";

interface Look {
  readonly text: string;
  readonly color: MantineColor;
  readonly icon?: ReactNode;
}

const JOB_LOOKS: Record<JobState, Look> = {
  queued: { text: "Queued", color: "gray", icon: <IconClock size={13} /> },
  running: { text: "Running", color: "petrol", icon: <IconLoader2 size={13} /> },
  succeeded: { text: "Done", color: "green", icon: <IconCheck size={13} /> },
  failed: { text: "Failed", color: "red", icon: <IconX size={13} /> },
  cancelled: { text: "Cancelled", color: "gray", icon: <IconPlayerStop size={13} /> },
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
  waiting: { text: "Waiting for engine", color: "gray" },
  in_progress: { text: "In progress", color: "petrol" },
  accepted: { text: "Accepted", color: "green" },
  excluded: { text: "Excluded", color: "red" },
};

export const CASE_STATE_OPTIONS = Object.entries(CASE_LOOKS).map(([value, { text }]) => ({ value, label: text }));

export function CaseBadge({ state }: { readonly state: CaseState }) {
  return <Badge color={CASE_LOOKS[state].color}>{CASE_LOOKS[state].text}</Badge>;
}

const ASSIGNMENT_LOOKS: Record<string, Look> = {
  open: { text: "Open", color: "petrol" },
  submitted: { text: "Submitted", color: "green" },
  returned: { text: "Returned", color: "amber" },
  cancelled: { text: "Withdrawn", color: "gray" },
};

export function AssignmentBadge({ state }: { readonly state: string }) {
  const look = ASSIGNMENT_LOOKS[state] ?? { text: state, color: "gray" };
  return <Badge color={look.color}>{look.text}</Badge>;
}

const SOURCE_LOOKS: Record<MaskSource, Look> = {
  engine: { text: "Engine", color: "grape" },
  import: { text: "Imported", color: "indigo" },
  empty: { text: "Empty", color: "gray" },
  rater: { text: "Rater", color: "petrol" },
  fusion: { text: "Fusion", color: "violet" },
  adjudication: { text: "Adjudication", color: "amber" },
  review: { text: "Review", color: "green" },
};

export function SourceBadge({ source }: { readonly source: string }) {
  const look = SOURCE_LOOKS[source as MaskSource] ?? { text: source, color: "gray" };
  return <Badge color={look.color}>{look.text}</Badge>;
}

export const ROLE_NAMES: Record<Role, string> = {
  manager: "Manager",
  rater: "Rater",
  radiologist: "Radiologist",
  researcher: "Researcher",
  physicist: "Physicist",
};

export const ROLE_DUTIES: Record<Role, string> = {
  manager: "Uploads, assigns, follows the work and releases",
  rater: "Corrects masks and grades vertebrae",
  radiologist: "Grades, adjudicates and reviews",
  researcher: "Downloads releases",
  physicist: "Verifies calibrations",
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
  concern: "Somebody told you about their task: open the case",
  returned: "Returned by a reviewer",
  overdue: "Past its due date",
  blank_start: "Somebody starts without the engine's mask, to measure its influence",
  engine_failed: "No engine made a mask: open the case to try again, choose another or start without one",
  comparison_failed: "The raters could not be compared",
  naming_open: "The engine guessed the names, and nobody has vouched for them yet",
  naming_unknown: "An expert said that the names cannot be told from this scan",
  adjudication: "Raters differ enough for an expert to decide",
};

/** Flags whose word says too little by itself. */
const FLAG_NAMES: Record<string, string> = {
  concern: "For the manager",
  naming_open: "Names are a guess",
  naming_unknown: "Names cannot be told",
};

export function FlagBadge({ flag }: { readonly flag: string }) {
  const words = flag.replaceAll("_", " ");
  const label = FLAG_NAMES[flag] ?? words.charAt(0).toUpperCase() + words.slice(1);
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
      {state === "overdue" ? "Overdue" : "Due"} {formatDate(dueOn)}
    </Badge>
  );
}
