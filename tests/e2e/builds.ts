/** Builds for the tests, made anew only where their sources have changed. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

export const ROOT = path.resolve(__dirname, "..", "..");
export const FRONTEND = path.join(ROOT, "frontend");

/** The part of Vite that is used here; its own types ask for a module resolution that the tests do not have. */
interface Vite {
  build(options: object): Promise<unknown>;
}

function filesUnder(name: string): string[] {
  const full = path.join(FRONTEND, name);
  if (!statSync(full).isDirectory()) return [name];
  return readdirSync(full)
    .sort()
    .flatMap((entry) => filesUnder(path.join(name, entry)));
}

function digestOf(sources: readonly string[]): string {
  const hash = createHash("sha256");
  for (const name of sources.flatMap(filesUnder))
    hash.update(`${name}\0`).update(readFileSync(path.join(FRONTEND, name)));
  return hash.digest("hex");
}

/**
 * Build into a folder under `build/`, in the mode in which the pages let the tests look into the viewer.
 *
 * @param sources what the build is made of, in `frontend/`; while none of it changes, the build stands
 * @param options Vite's, beside those that all these builds have
 */
export async function buildOnce(
  folder: string,
  sources: readonly string[],
  { build = {}, ...options }: { readonly root: string; readonly build?: object },
): Promise<string> {
  const outDir = path.join(ROOT, "build", folder);
  const stamp = path.join(outDir, "sources.sha256");
  const digest = `${digestOf(sources)} ${JSON.stringify(build)}`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return outDir;
  const name = "vite";
  const vite = (await import(name)) as Vite;
  await vite.build({
    ...options,
    configFile: path.join(FRONTEND, "vite.config.ts"),
    mode: "e2e",
    logLevel: "error",
    build: { outDir, emptyOutDir: true, minify: false, sourcemap: false, ...build },
  });
  writeFileSync(stamp, digest);
  return outDir;
}
