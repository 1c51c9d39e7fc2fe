/** What was done and is not acknowledged yet, in the browser's database: it outlives the tab. */

import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { Entry, NewEntry } from "./acts";

export interface Journal {
  /** @throws where the browser keeps nothing (a private window, a full disk) */
  add(entry: NewEntry): Promise<Entry>;
  remove(seqs: readonly number[]): Promise<void>;
  /** Note why the server will not take an entry; null takes the note away. */
  refuse(seq: number, refusal: string | null): Promise<void>;
  has(seq: number): Promise<boolean>;
  /** In the order of doing. */
  of(assignmentId: string): Promise<Entry[]>;
  all(): Promise<Entry[]>;
}

interface Schema extends DBSchema {
  entries: { key: number; value: NewEntry; indexes: { assignment: string; id: string } };
}

const NAME = "vertebase-outbox";
const VERSION = 1;

export function openJournal(name = NAME, formerName = "vertebase-edits"): Journal {
  let opened: Promise<IDBPDatabase<Schema>> | null = null;
  const database = (): Promise<IDBPDatabase<Schema>> => {
    opened ??= openDB<Schema>(name, VERSION, {
      upgrade(db) {
        const store = db.createObjectStore("entries", { autoIncrement: true });
        store.createIndex("assignment", "assignmentId");
        store.createIndex("id", "id", { unique: true });
      },
      terminated: () => {
        opened = null;
      },
    }).then(async (db) => {
      await moveFormer(formerName, db);
      return db;
    });
    // A failed opening is tried again at the next entry.
    opened.catch(() => {
      opened = null;
    });
    return opened;
  };
  const read = async (assignmentId: string | null): Promise<Entry[]> => {
    const { store } = (await database()).transaction("entries");
    const [values, keys] =
      assignmentId === null
        ? await Promise.all([store.getAll(), store.getAllKeys()])
        : await Promise.all([
            store.index("assignment").getAll(assignmentId),
            store.index("assignment").getAllKeys(assignmentId),
          ]);
    return values.map((entry, at) => ({ ...entry, seq: keys[at] ?? 0 })).sort((a, b) => a.seq - b.seq);
  };

  return {
    add: async (entry) => ({ ...entry, seq: await (await database()).add("entries", entry) }),
    remove: async (seqs) => {
      const transaction = (await database()).transaction("entries", "readwrite");
      await Promise.all([...seqs.map((seq) => transaction.store.delete(seq)), transaction.done]);
    },
    refuse: async (seq, refusal) => {
      const transaction = (await database()).transaction("entries", "readwrite");
      const entry = await transaction.store.get(seq);
      if (entry) {
        const { refusal: _, ...rest } = entry;
        await transaction.store.put(refusal === null ? rest : { ...rest, refusal }, seq);
      }
      await transaction.done;
    },
    has: async (seq) => (await (await database()).getKey("entries", seq)) !== undefined,
    of: (assignmentId) => read(assignmentId),
    all: () => read(null),
  };
}

/** This browser's journal. Opened when it is first used. */
export const journal = openJournal();

/** An edit as the site kept it when it kept edits only. */
interface FormerEdit {
  readonly assignmentId: string;
  readonly operationId: string;
  readonly kind: string;
  readonly label: number | null;
  readonly name: string;
  readonly packed: Uint8Array<ArrayBuffer>;
  readonly knownRevision: number;
  readonly behind?: readonly string[];
  readonly at: number;
}

/** Take over what a former version of the site kept; an edit leaves its old place once it is in the new one. */
async function moveFormer(formerName: string, db: IDBPDatabase<Schema>): Promise<void> {
  if (!(await indexedDB.databases()).some(({ name }) => name === formerName)) return;
  const former = await openDB<{ edits: { key: number; value: FormerEdit } }>(formerName);
  try {
    if (!former.objectStoreNames.contains("edits")) return;
    for (const key of await former.getAllKeys("edits")) {
      const edit = await former.get("edits", key);
      if (edit && (await db.getKeyFromIndex("entries", "id", edit.operationId)) === undefined) {
        const { assignmentId, operationId: id, kind, label, name, packed, knownRevision, behind = [], at } = edit;
        await db.add("entries", {
          id,
          assignmentId,
          userId: null,
          at,
          act: { kind: "edit", edit: kind, label, name, packed, knownRevision, behind },
        });
      }
      await former.delete("edits", key);
    }
  } finally {
    former.close();
  }
}
