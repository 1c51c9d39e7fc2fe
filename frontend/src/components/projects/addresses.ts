/** Many e-mail addresses, pasted as they stand in a mail program, a list or a column of a table. */

import { t } from "@/i18n";

interface AddressFault {
  /** Counted from 1, as in the field. */
  readonly line: number;
  readonly text: string;
  readonly why: string;
}

export interface Addresses {
  /** In lower case, each once, in the order of the text. */
  readonly emails: readonly string[];
  readonly faults: readonly AddressFault[];
}

const EMAIL = /^[^\s@<>,;"]+@[^\s@<>,;".]+(\.[^\s@<>,;".]+)+$/;
/** A name before an address in angle brackets, or nothing before it. */
const NAMED = /^[^<>]*<([^<>]*)>$/;

/** What lies between separators: several addresses may stand in one line. */
function entriesOf(line: string): string[] {
  // a name may hold a comma: "Doe, Jane" <jane@x.org>
  return line
    .replace(/"[^"]*"/g, "")
    .split(/[,;\t]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

function addressIn(entry: string): string {
  return (NAMED.exec(entry)?.[1] ?? entry).trim().toLowerCase();
}

/** Every address once; lines that have none, a malformed one or one that was there before are named. */
export function addressesIn(text: string): Addresses {
  const lineOf = new Map<string, number>();
  const faults: AddressFault[] = [];
  text.split(/\r?\n/).forEach((written, index) => {
    const line = index + 1;
    if (written.trim() === "") return;
    const entries = entriesOf(written);
    const found = entries.map(addressIn).filter((entry) => entry.includes("@"));
    if (found.length === 0) faults.push({ line, text: written.trim(), why: t("has no e-mail address") });
    for (const email of found) {
      const before = lineOf.get(email);
      if (!EMAIL.test(email)) faults.push({ line, text: email, why: t("is no e-mail address") });
      else if (before !== undefined)
        faults.push({ line, text: email, why: t("stands in line {{before}} already", { before }) });
      else lineOf.set(email, line);
    }
  });
  return { emails: [...lineOf.keys()], faults };
}
