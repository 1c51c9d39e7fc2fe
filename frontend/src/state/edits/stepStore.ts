/** Steps of the mask that can be undone, in the browser's database: they outlive the page, until the task ends. */

import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { NewStep } from "@/domain/maskStore";

/** A step, with the digests of the mask before and after it. */
export interface StoredStep {
  readonly key: string;
  readonly assignmentId: string;
  readonly before: string;
  readonly after: string;
  readonly step: NewStep;
}

/** Which steps a task has, oldest first, and how many of them are applied. */
interface StepList {
  readonly assignmentId: string;
  readonly userId: string;
  readonly keys: readonly string[];
  readonly applied: number;
  /** When it was written, in milliseconds since 1970. */
  readonly at: number;
}

export interface StepStore {
  /** The list as it is now, with the steps that are new in it; those that are gone are deleted. */
  write(list: StepList, added: readonly StoredStep[], gone: readonly string[]): Promise<void>;
  read(assignmentId: string): Promise<{ readonly list: StepList; readonly steps: readonly StoredStep[] } | null>;
  forget(assignmentId: string): Promise<void>;
  forgetAll(): Promise<void>;
}

interface Schema extends DBSchema {
  lists: { key: string; value: StepList };
  steps: { key: string; value: StoredStep; indexes: { assignment: string } };
}

/** Tasks whose steps are kept; of more, the one left longest ago loses its own. */
export const MOST_TASKS = 8;

function opener(name: string): () => Promise<IDBPDatabase<Schema>> {
  let opened: Promise<IDBPDatabase<Schema>> | null = null;
  const again = (): void => {
    opened = null;
  };
  return () => {
    opened ??= openDB<Schema>(name, 1, {
      upgrade(db) {
        db.createObjectStore("lists", { keyPath: "assignmentId" });
        db.createObjectStore("steps", { keyPath: "key" }).createIndex("assignment", "assignmentId");
      },
      terminated: again,
    });
    // A failed opening is tried again.
    opened.catch(again);
    return opened;
  };
}

export function openStepStore(name = "vertebase-steps"): StepStore {
  const database = opener(name);

  const forget = async (assignmentId: string): Promise<void> => {
    const transaction = (await database()).transaction(["lists", "steps"], "readwrite");
    const steps = transaction.objectStore("steps");
    const keys = await steps.index("assignment").getAllKeys(assignmentId);
    await Promise.all([
      transaction.objectStore("lists").delete(assignmentId),
      ...keys.map((key) => steps.delete(key)),
      transaction.done,
    ]);
  };

  const makeRoom = async (): Promise<void> => {
    const lists = (await (await database()).getAll("lists")).sort((a, b) => b.at - a.at);
    for (const { assignmentId } of lists.slice(MOST_TASKS)) await forget(assignmentId);
  };

  return {
    write: async (list, added, gone) => {
      const transaction = (await database()).transaction(["lists", "steps"], "readwrite");
      const steps = transaction.objectStore("steps");
      const isNew = (await transaction.objectStore("lists").getKey(list.assignmentId)) === undefined;
      await Promise.all([
        transaction.objectStore("lists").put(list),
        ...added.map((step) => steps.put(step)),
        ...gone.map((key) => steps.delete(key)),
        transaction.done,
      ]);
      if (isNew) await makeRoom();
    },
    read: async (assignmentId) => {
      const transaction = (await database()).transaction(["lists", "steps"]);
      const list = await transaction.objectStore("lists").get(assignmentId);
      if (!list) return null;
      const steps = await Promise.all(list.keys.map((key) => transaction.objectStore("steps").get(key)));
      return { list, steps: steps.filter((step) => step !== undefined) };
    },
    forget,
    forgetAll: async () => {
      const transaction = (await database()).transaction(["lists", "steps"], "readwrite");
      await Promise.all([
        transaction.objectStore("lists").clear(),
        transaction.objectStore("steps").clear(),
        transaction.done,
      ]);
    },
  };
}

/** This browser's store. Opened when it is first used. */
export const stepStore = openStepStore();
