import type { ReleaseDetail } from "@/api/types";

interface Choice {
  readonly value: string;
  readonly label: string;
}

const MASK = "_msk.nii.gz";

/** The cases whose masks are among a release's files, each by the name that its files share, in their order. */
export function casesOf(files: ReleaseDetail["files"]): Choice[] {
  const masks = new Set(files.filter(({ path }) => path.endsWith(MASK)).map(({ item_id: item }) => item));
  const found = new Map<string, string>();
  for (const { path, item_id: item } of files) {
    if (item === null || !masks.has(item)) continue; // of a sealed part the CT alone is there
    const name = path.slice(path.lastIndexOf("/") + 1);
    const before = found.get(item);
    found.set(item, before === undefined ? stem(name) : shared(before, name));
  }
  return [...found].map(([value, label]) => ({ value, label: label.replace(/_$/, "") }));
}

/** Without ending and kind: `sub-verse004_ct.nii.gz` is `sub-verse004`. */
function stem(name: string): string {
  const bare = name.split(".")[0] ?? name;
  return bare.includes("_") ? bare.slice(0, bare.lastIndexOf("_")) : bare;
}

function shared(before: string, name: string): string {
  let end = 0;
  while (end < before.length && before[end] === name[end]) end += 1;
  return before.slice(0, end);
}
