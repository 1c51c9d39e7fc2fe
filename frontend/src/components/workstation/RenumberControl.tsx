import { Alert, Button, Group, Select, Stack, Text, Tooltip } from "@mantine/core";
import { useState } from "react";
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
import type { Viewer, ViewerState } from "@/viewer";
import { attempt, type Made } from "./levelActs";
import { RenamePlanView } from "./RenamePlan";

const EXTENTS: readonly { value: Extent; label: string }[] = [
  { value: "all", label: "and all other levels with it" },
  { value: "below", label: "and all below with it" },
  { value: "above", label: "and all above with it" },
  { value: "one", label: "this one alone" },
];
const THORACIC: readonly { value: string; label: string }[] = [
  { value: "11", label: "11, no T12" },
  { value: "12", label: "12" },
  { value: "13", label: "13, with T13" },
];
const LUMBAR: readonly { value: string; label: string }[] = [
  { value: "4", label: "4, L5 sacralised" },
  { value: "5", label: "5" },
  { value: "6", label: "6, with L6" },
];

interface Props {
  readonly viewer: Viewer;
  readonly state: ViewerState;
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
          label="Vertebrae with ribs"
          value={String(spine.thoracic)}
          allowDeselect={false}
          data={[...THORACIC]}
          onChange={(value) => setSaid({ ...spine, thoracic: Number(value) as SpinePlan["thoracic"] })}
          data-testid="spine-thoracic"
        />
        <Select
          size="xs"
          label="Lumbar"
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
          Nothing would change.
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
        `Renumber ${nameOf(from)} to ${nameOf(Number(value))}${extent === "one" ? "" : `, ${extent === "all" ? "all" : `all ${extent}`} with it`}`,
        () => relabelCascade(present, from, Number(value), extent, said),
      );
  };
  return (
    <>
      <Select
        size="xs"
        aria-label="What moves with it"
        value={extent}
        allowDeselect={false}
        onChange={(value) => setExtent((value as Extent | null) ?? "all")}
        data={[...EXTENTS]}
        data-testid="rename-extent"
      />
      <Group gap={8} wrap="nowrap" align="center">
        <Text size="sm" style={{ whiteSpace: "nowrap" }}>
          {from > 0 ? nameOf(from) : "This"} is really
        </Text>
        <Select
          size="xs"
          aria-label="The level it really is"
          placeholder="level"
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
  const otherName = other === undefined ? "another" : nameOf(other);
  return (
    <Stack gap={8}>
      <Group gap={6}>
        {button(
          "Insert above",
          `${name} and all below move down by one`,
          !isThere,
          `Insert a level above ${name}`,
          () => insertLevel(present, active, said ?? spine),
          "insert-level",
        )}
        {button(
          "Delete",
          `${name} becomes background`,
          !isThere,
          `Delete ${name}`,
          () => deleteLevel(present, active, false),
          "delete-level",
        )}
        {button(
          "Delete, close the gap",
          "All below move up by one",
          !isThere,
          `Delete ${name} and close the gap`,
          () => deleteLevel(present, active, true, said),
          "delete-level-close",
        )}
      </Group>
      <Group gap={6}>
        {button("Shift up", `${name} alone takes the name above`, !isThere, `Shift ${name} up`, shift(-1), "shift-up")}
        {button(
          "Shift down",
          `${name} alone takes the name below`,
          !isThere,
          `Shift ${name} down`,
          shift(1),
          "shift-down",
        )}
      </Group>
      <Group gap={6} align="end">
        <Select
          size="xs"
          w={110}
          label="Other level"
          placeholder="level"
          value={chosen}
          onChange={setChosen}
          data={others.map((label) => ({ value: String(label), label: nameOf(label) }))}
        />
        {button(
          "Swap",
          "Each takes the other's name",
          pair,
          `Swap ${name} and ${otherName}`,
          () =>
            new Map([
              [active, other ?? active],
              [other ?? active, active],
            ]),
          "swap-levels",
        )}
        {button(
          `Merge into ${name}`,
          "Its voxels take this name",
          pair,
          `Merge ${otherName} into ${name}`,
          () => new Map([[other ?? active, active]]),
          "merge-levels",
        )}
      </Group>
    </Stack>
  );
}
