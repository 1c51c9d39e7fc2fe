/** Edits kept in the browser (IndexedDB) until the server has acknowledged them. */

import { openDB, type DBSchema, type IDBPDatabase } from "idb";

export interface KeptEdit {
  /** Order of recording; given by the store. */
  readonly seq: number;
  readonly assignmentId: string;
  readonly operationId: string;
  readonly kind: string;
  readonly label: number | null;
  readonly name: string;
  /** VBD1 body, not compressed: it has to be on disk the moment the stroke ends. */
  readonly packed: Uint8Array<ArrayBuffer>;
  /** The server's revision that this browser knew when the edit was made. */
  readonly knownRevision: number;
  /** Operation ids of this browser's edits that were on their way then: the server may have got them since. */
  readonly behind?: readonly string[];
  readonly at: number;
}

export type NewKeptEdit = Omit<KeptEdit, "seq">;

export interface KeptEditStore {
  add(edit: NewKeptEdit): Promise<KeptEdit>;
  remove(seqs: readonly number[]): Promise<void>;
  of(assignmentId: string): Promise<KeptEdit[]>;
}

interface Schema extends DBSchema {
  edits: { key: number; value: NewKeptEdit; indexes: { assignment: string } };
}

const NAME = "vertebase-edits";
const VERSION = 1;

export function openKeptEdits(name = NAME): KeptEditStore {
  let opened: Promise<IDBPDatabase<Schema>> | null = null;
  const database = (): Promise<IDBPDatabase<Schema>> => {
    opened ??= openDB<Schema>(name, VERSION, {
      upgrade(db) {
        const store = db.createObjectStore("edits", { autoIncrement: true });
        store.createIndex("assignment", "assignmentId");
      },
      terminated: () => {
        opened = null;
      },
    });
    // A failed opening is tried again at the next edit.
    opened.catch(() => {
      opened = null;
    });
    return opened;
  };

  return {
    add: async (edit) => ({ ...edit, seq: await (await database()).add("edits", edit) }),
    remove: async (seqs) => {
      const transaction = (await database()).transaction("edits", "readwrite");
      await Promise.all([...seqs.map((seq) => transaction.store.delete(seq)), transaction.done]);
    },
    of: async (assignmentId) => {
      const transaction = (await database()).transaction("edits");
      const index = transaction.store.index("assignment");
      const [values, keys] = await Promise.all([index.getAll(assignmentId), index.getAllKeys(assignmentId)]);
      return values.map((edit, at) => ({ ...edit, seq: keys[at] ?? 0 })).sort((a, b) => a.seq - b.seq);
    },
  };
}
