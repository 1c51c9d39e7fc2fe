import { Alert, Button, Group, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { ANATOMICAL_ORDER, CascadeError, nameOf, relabelCascade, SEAM } from "@/domain/labels";
import type { ViewerState } from "@/viewer/types";
import type { Viewer } from "@/viewer/viewer";

type Extent = Parameters<typeof relabelCascade>[3];

const EXTENTS: readonly { value: Extent; label: string }[] = [
  { value: "all", label: "and all other levels with it" },
  { value: "below", label: "and all below with it" },
  { value: "above", label: "and all above with it" },
  { value: "one", label: "this one alone" },
];

type Plan = { readonly moves: Map<number, number> } | { readonly problem: string };

function plan(present: readonly number[], from: number, to: number, extent: Extent): Plan {
  try {
    return { moves: relabelCascade(present, from, to, extent) };
  } catch (error) {
    if (error instanceof CascadeError) return { problem: error.message };
    throw error;
  }
}

/** "This is L1, not T12", in one step for a part of the spine or the whole. */
export function RenumberControl({ viewer, state }: { readonly viewer: Viewer; readonly state: ViewerState }) {
  const [target, setTarget] = useState<string | null>(null);
  const [extent, setExtent] = useState<Extent>("all");
  const present = state.levels.map((level) => level.label);
  const from = state.activeLabel;
  const to = target === null ? from : Number(target);
  const made = present.includes(from) && to !== from ? plan(present, from, to, extent) : null;
  const apply = (moves: ReadonlyMap<number, number>): void => {
    const others = moves.size > 1 ? ` and ${moves.size - 1} more` : "";
    viewer.relabel(moves, `Renumber ${nameOf(from)} to ${nameOf(to)}${others}`);
    setTarget(null);
  };
  return (
    <Stack gap={8}>
      <Text size="sm" fw={600}>
        Renumber
      </Text>
      <Group gap={8} wrap="nowrap" align="center">
        <Text size="sm" style={{ whiteSpace: "nowrap" }}>
          {from > 0 ? nameOf(from) : "This"} is really
        </Text>
        <Select
          size="xs"
          aria-label="The level it really is"
          placeholder="level"
          value={target}
          onChange={setTarget}
          disabled={!present.includes(from)}
          data={ANATOMICAL_ORDER.filter(({ label }) => label !== from && label !== SEAM.SACRUM && label !== 27).map(({ label, name }) => ({ value: String(label), label: name }))}
        />
      </Group>
      <Select size="xs" aria-label="What moves with it" value={extent} allowDeselect={false} onChange={(value) => setExtent((value as Extent | null) ?? "all")} data={[...EXTENTS]} />
      {made && "problem" in made && (
        <Alert color="amber" p="xs">
          {made.problem}
        </Alert>
      )}
      {made && "moves" in made && (
        <Button size="xs" onClick={() => apply(made.moves)} data-testid="renumber">
          {[...made.moves].slice(0, 3).map(([a, b]) => `${nameOf(a)} → ${nameOf(b)}`).join(", ")}
          {made.moves.size > 3 ? ` and ${made.moves.size - 3} more` : ""}
        </Button>
      )}
    </Stack>
  );
}
