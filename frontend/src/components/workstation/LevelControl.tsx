import { Accordion, Alert, Button, Group, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { CascadeError, deleteLevel, insertLevel, nameOf } from "@/domain/labels";
import type { ViewerState } from "@/viewer/types";
import type { Viewer } from "@/viewer/viewer";

interface Props {
  readonly viewer: Viewer;
  readonly state: ViewerState;
}

/** Merge, swap, insert and delete levels. Always-locked levels are left out of merging, swapping and deleting. */
export function LevelControl({ viewer, state }: Props) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const active = state.activeLabel;
  const name = nameOf(active);
  const present = state.levels.map((level) => level.label);
  const isFree = (label: number): boolean => present.includes(label) && state.locks.get(label) !== "locked";
  const others = present.filter((label) => label !== active && isFree(label));
  const other = others.find((label) => String(label) === chosen);
  const relabel = (moves: () => Map<number, number>, step: string): void => {
    try {
      viewer.relabel(moves(), step);
      setProblem(null);
    } catch (error) {
      if (!(error instanceof CascadeError)) throw error;
      setProblem(`${error.message}.`);
    }
  };
  const button = (text: string, disabled: boolean, moves: () => Map<number, number>, step: string, id: string) => (
    <Button size="compact-sm" variant="default" disabled={disabled} onClick={() => relabel(moves, step)} data-testid={id}>
      {text}
    </Button>
  );
  const lone = !isFree(active);
  const pair = lone || other === undefined;
  const otherName = other === undefined ? "another" : nameOf(other);
  return (
    <Accordion variant="filled" chevronPosition="left" styles={{ control: { padding: "0 4px" }, label: { padding: "6px 0" }, content: { padding: "4px 4px 10px" } }}>
      <Accordion.Item value="levels">
        <Accordion.Control data-testid="level-tools">
          <Text size="sm" fw={600}>
            Merge, swap, insert, delete
          </Text>
        </Accordion.Control>
        <Accordion.Panel>
          <Stack gap={8}>
            <Group gap={6} align="end">
              <Select size="xs" w={110} label="Other level" placeholder="level" value={chosen} onChange={setChosen} data={others.map((label) => ({ value: String(label), label: nameOf(label) }))} />
              {button("Swap", pair, () => new Map([[active, other ?? active], [other ?? active, active]]), `Swap ${name} and ${otherName}`, "swap-levels")}
              {button(`Merge into ${name}`, pair, () => new Map([[other ?? active, active]]), `Merge ${otherName} into ${name}`, "merge-levels")}
            </Group>
            <Group gap={6}>
              {button(`Insert above: ${name} and all below move down`, lone, () => insertLevel(present, active), `Insert a level above ${name}`, "insert-level")}
              {button("Delete", lone, () => deleteLevel(present, active, false), `Delete ${name}`, "delete-level")}
              {button("Delete, close the gap", lone, () => deleteLevel(present, active, true), `Delete ${name} and close the gap`, "delete-level-close")}
            </Group>
            {problem && (
              <Alert color="amber" p="xs">
                {problem}
              </Alert>
            )}
          </Stack>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}
