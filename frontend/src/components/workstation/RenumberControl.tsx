import { Alert, Button, Group, Select, Stack, Text, Tooltip } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import {
  ANATOMICAL_ORDER,
  CascadeError,
  deleteLevel,
  insertLevel,
  nameOf,
  neighbourLevel,
  planOf,
  relabelCascade,
  type Extent,
  type SpinePlan,
} from "@/domain/labels";
import type { Viewer } from "@/viewer";
import { attempt, type Made } from "./levelActs";
import { RenamePlanView } from "./RenamePlan";
import type { PageState } from "./useViewerState";

const EXTENTS: readonly { value: Extent; label: string }[] = [
  { value: "all", label: t("and all other levels with it") },
  { value: "below", label: t("and all below with it") },
  { value: "above", label: t("and all above with it") },
  { value: "one", label: t("this one alone") },
];
const THORACIC: readonly { value: string; label: string }[] = [
  { value: "11", label: t("11, no T12") },
  { value: "12", label: "12" },
  { value: "13", label: t("13, with T13") },
];
const LUMBAR: readonly { value: string; label: string }[] = [
  { value: "4", label: t("4, L5 sacralised") },
  { value: "5", label: "5" },
  { value: "6", label: t("6, with L6") },
];

interface Props {
  readonly viewer: Viewer;
  readonly state: PageState;
}

/** Names of levels: "this is L1, not T12", insert, delete, shift, merge, swap. Each shows what it would do first. */
export function RenumberControl({ viewer, state }: Props) {
  const present = state.levels.map((level) => level.label);
  const [said, setSaid] = useState<SpinePlan | null>(null);
  const [made, setMade] = useState<{ readonly label: number; readonly result: Made } | null>(null);
  const spine = said ?? planOf(present);
  const active = state.activeLabel;
  // A plan is for the level in hand and the mask as it was: after either changed it is none.
  const result = made?.label === active ? made.result : null;
  const plan = (name: string, moves: () => Map<number, number>): void =>
    setMade({ label: active, result: attempt(name, moves) });
  const common = { viewer, state, present, spine, plan, ...(said ? { said } : {}) };
  return (
    <Stack gap={10} data-testid="level-tools">
      <Group gap={8} grow>
        <Select
          size="xs"
          label={t("Vertebrae with ribs")}
          value={String(spine.thoracic)}
          allowDeselect={false}
          data={[...THORACIC]}
          onChange={(value) => setSaid({ ...spine, thoracic: Number(value) as SpinePlan["thoracic"] })}
          data-testid="spine-thoracic"
        />
        <Select
          size="xs"
          label={t("Lumbar")}
          value={String(spine.lumbar)}
          allowDeselect={false}
          data={[...LUMBAR]}
          onChange={(value) => setSaid({ ...spine, lumbar: Number(value) as SpinePlan["lumbar"] })}
          data-testid="spine-lumbar"
        />
      </Group>
      <Renumber {...common} />
      <OneLevel {...common} />
      {result && "problem" in result && (
        <Alert color="amber" p="xs" data-testid="rename-problem">
          {result.problem}
        </Alert>
      )}
      {result && "moves" in result && result.moves.size > 0 && (
        <RenamePlanView viewer={viewer} state={state} plan={result} onDone={() => setMade(null)} />
      )}
      {result && "moves" in result && result.moves.size === 0 && (
        <Text size="sm" c="dimmed">
          {t("Nothing would change.")}
        </Text>
      )}
    </Stack>
  );
}

interface PartProps extends Props {
  readonly present: readonly number[];
  readonly spine: SpinePlan;
  /** What the reader said of the spine; without it, what the new name implies counts. */
  readonly said?: SpinePlan;
  readonly plan: (name: string, moves: () => Map<number, number>) => void;
}

function Renumber({ state, present, said, plan }: PartProps) {
  const [extent, setExtent] = useState<Extent>("all");
  const from = state.activeLabel;
  const choose = (value: string | null): void => {
    if (value !== null)
      plan(
        t("Renumber {{from}} to {{value}}{{extent}}", {
          from: nameOf(from),
          value: nameOf(Number(value)),
          extent:
            extent === "one"
              ? ""
              : t(", {{extent}} with it", { extent: extent === "all" ? t("all") : t("all {{extent}}", { extent }) }),
        }),
        () => relabelCascade(present, from, Number(value), extent, said),
      );
  };
  return (
    <>
      <Select
        size="xs"
        aria-label={t("What moves with it")}
        value={extent}
        allowDeselect={false}
        onChange={(value) => setExtent((value as Extent | null) ?? "all")}
        data={[...EXTENTS]}
        data-testid="rename-extent"
      />
      <Group gap={8} wrap="nowrap" align="center">
        <Text size="sm" style={{ whiteSpace: "nowrap" }}>
          {t("{{from}} is really", { from: from > 0 ? nameOf(from) : t("This") })}
        </Text>
        <Select
          size="xs"
          aria-label={t("The level it really is")}
          placeholder={t("level")}
          value={null}
          onChange={choose}
          disabled={!present.includes(from)}
          data={ANATOMICAL_ORDER.filter(({ label }) => label !== from && label !== 27).map(({ label, name }) => ({
            value: String(label),
            label: name,
          }))}
          data-testid="rename-to"
        />
      </Group>
    </>
  );
}

function OneLevel({ state, present, spine, said, plan }: PartProps) {
  const [chosen, setChosen] = useState<string | null>(null);
  const active = state.activeLabel;
  const name = nameOf(active);
  const others = present.filter((label) => label !== active);
  const other = others.find((label) => String(label) === chosen);
  const isThere = present.includes(active);
  const shift = (step: 1 | -1) => () => {
    const to = neighbourLevel(active, step, spine);
    if (to === null) throw new CascadeError(`${name} has no level to move to`);
    return relabelCascade(present, active, to, "one", said);
  };
  const button = (
    text: string,
    hint: string,
    disabled: boolean,
    step: string,
    moves: () => Map<number, number>,
    id: string,
  ) => (
    <Tooltip label={hint}>
      <Button
        size="compact-sm"
        variant="default"
        disabled={disabled}
        onClick={() => plan(step, moves)}
        data-testid={id}
      >
        {text}
      </Button>
    </Tooltip>
  );
  const pair = !isThere || other === undefined;
  const otherName = other === undefined ? t("another") : nameOf(other);
  return (
    <Stack gap={8}>
      <Group gap={6}>
        {button(
          t("Insert above"),
          t("{{name}} and all below move down by one", { name }),
          !isThere,
          t("Insert a level above {{name}}", { name }),
          () => insertLevel(present, active, said ?? spine),
          "insert-level",
        )}
        {button(
          t("Delete"),
          t("{{name}} becomes background", { name }),
          !isThere,
          t("Delete {{name}}", { name }),
          () => deleteLevel(present, active, false),
          "delete-level",
        )}
        {button(
          t("Delete, close the gap"),
          t("All below move up by one"),
          !isThere,
          t("Delete {{name}} and close the gap", { name }),
          () => deleteLevel(present, active, true, said),
          "delete-level-close",
        )}
      </Group>
      <Group gap={6}>
        {button(
          t("Shift up"),
          t("{{name}} alone takes the name above", { name }),
          !isThere,
          t("Shift {{name}} up", { name }),
          shift(-1),
          "shift-up",
        )}
        {button(
          t("Shift down"),
          t("{{name}} alone takes the name below", { name }),
          !isThere,
          t("Shift {{name}} down", { name }),
          shift(1),
          "shift-down",
        )}
      </Group>
      <Group gap={6} align="end">
        <Select
          size="xs"
          w={110}
          label={t("Other level")}
          placeholder={t("level")}
          value={chosen}
          onChange={setChosen}
          data={others.map((label) => ({ value: String(label), label: nameOf(label) }))}
        />
        {button(
          t("Swap"),
          t("Each takes the other's name"),
          pair,
          t("Swap {{name}} and {{otherName}}", { name, otherName }),
          () =>
            new Map([
              [active, other ?? active],
              [other ?? active, active],
            ]),
          "swap-levels",
        )}
        {button(
          t("Merge into {{name}}", { name }),
          t("Its voxels take this name"),
          pair,
          t("Merge {{otherName}} into {{name}}", { otherName, name }),
          () => new Map([[other ?? active, active]]),
          "merge-levels",
        )}
      </Group>
    </Stack>
  );
}
