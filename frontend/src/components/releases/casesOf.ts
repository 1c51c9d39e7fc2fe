import type { ReleaseDetail } from "@/api/types";

interface Choice {
  readonly value: string;
  readonly label: string;
}

/** The cases among a release's files, each by the name that its files share; in the order of the files. */
export function casesOf(files: ReleaseDetail["files"]): Choice[] {
  const found = new Map<string, string>();
  for (const { path, item_id: item } of files) {
    if (item === null) continue;
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
