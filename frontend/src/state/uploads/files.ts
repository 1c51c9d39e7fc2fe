/** Which of the dropped files are sent, and under which path. */

export interface ChosenFile {
  readonly file: File;
  /** Folder and name as dropped, without a leading slash: the server groups series and masks by it. */
  readonly path: string;
}

/** What operating systems and archivers leave in folders. */
const JUNK = /(^|\/)(\.DS_Store|\._[^/]*|Thumbs\.db|desktop\.ini|__MACOSX(\/.*)?|\.git(\/.*)?)$/i;

interface PathHints {
  readonly name: string;
  readonly webkitRelativePath?: string | undefined;
  /** Set by the drop zone for files that came in a folder. */
  readonly path?: string | undefined;
  readonly relativePath?: string | undefined;
}

/** The path of a file inside what was dropped. Drop zones write "./a/b" or "/a/b"; both become "a/b". */
export function relativePathOf(file: PathHints): string {
  const given = file.webkitRelativePath || file.relativePath || file.path || file.name;
  const parts = given.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  return parts.join("/") || file.name;
}

export function isJunk(path: string): boolean {
  return JUNK.test(path);
}

/** The files to send, each path once (the last one dropped wins), in the order of their paths. */
export function chooseFiles(files: readonly File[]): { chosen: ChosenFile[]; skipped: number } {
  const byPath = new Map<string, ChosenFile>();
  let skipped = 0;
  for (const file of files) {
    const path = relativePathOf(file);
    if (isJunk(path)) skipped += 1;
    else byPath.set(path, { file, path });
  }
  const chosen = [...byPath.values()].sort((a, b) => a.path.localeCompare(b.path, "en", { numeric: true }));
  return { chosen, skipped };
}
