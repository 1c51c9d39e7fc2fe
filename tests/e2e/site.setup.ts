/** Starts the product for all e2e tests: `manage.py up --demo` in a data folder of its own, on a free port. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";

import { tmpdir } from "node:os";
import path from "node:path";
import { buildOnce, FRONTEND, ROOT } from "./builds";
import { startServer } from "./servers";

/** What the pages are made of. */
const SOURCES = [
  "index.html",
  "public",
  "src",
  "package-lock.json",
  "vite.config.ts",
  "../docs",
  "../backend/client/README.md",
];
const READY = "Vertebase is ready"; // said when the demo is loaded too; the web server answers before

export default async function startSite(): Promise<() => Promise<void>> {
  const running = process.env["VERTEBASE_E2E_URL"];
  if (running) return async () => undefined;
  const pages = await buildOnce("e2e-pages", SOURCES, { root: FRONTEND });
  const folder = mkdtempSync(path.join(tmpdir(), "vbe2e-"));
  execFileSync(path.join(ROOT, ".venv", "bin", "python"), ["-m", "tests.support.migrated", folder], { cwd: ROOT });
  const brief = process.env["VERTEBASE_LOOKS"] === "one";
  const { url, stop } = await startServer({
    // What the engine makes of the demo's last CT only tests of `make test-all` look at.
    command: (port) => ["manage.py", "up", "--demo", ...(brief ? ["--no-engine"] : []), "--port", String(port)],
    env: { VERTEBASE_VAR: folder, VERTEBASE_FRONTEND_DIST: pages },
    log: path.join(folder, "up.log"),
    ready: READY,
  });
  process.env["VERTEBASE_E2E_URL"] = url;
  process.env["VERTEBASE_E2E_VAR"] = folder;
  process.env["VERTEBASE_FRONTEND_DIST"] = pages; // of any other server on this site
  return async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
