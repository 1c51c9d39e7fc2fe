/** Starts the product for all e2e tests: `manage.py up --demo` in a data folder of its own, on a free port. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildOnce, FRONTEND, ROOT } from "./builds";

/** What the pages are made of. */
const SOURCES = ["index.html", "public", "src", "package-lock.json", "vite.config.ts"];
const START_MS = 300_000;
const STOP_MS = 30_000;
const POLL_MS = 250;
const READY = "Vertebase is ready"; // said when the demo is loaded too; the web server answers before

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/api/v1/config`)).ok;
  } catch {
    return false;
  }
}

async function untilUp(url: string, process: ChildProcess, log: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (!readFileSync(log, "utf8").includes(READY) || !(await answers(url))) {
    const ended = process.exitCode !== null;
    if (ended || Date.now() > deadline) {
      throw new Error(`the site ${ended ? "ended" : "did not answer"}:\n${readFileSync(log, "utf8").slice(-4000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function stop(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null) return;
  const ended = new Promise<void>((resolve) => process.once("exit", () => resolve()));
  process.kill("SIGINT");
  const killer = setTimeout(() => process.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(killer);
}

export default async function startSite(): Promise<() => Promise<void>> {
  const running = process.env["VERTEBASE_E2E_URL"];
  if (running) return async () => undefined;
  const pages = await buildOnce("e2e-pages", SOURCES, { root: FRONTEND });
  const folder = mkdtempSync(path.join(tmpdir(), "vbe2e-"));
  const log = path.join(folder, "up.log");
  const output = openSync(log, "w");
  const port = await freePort();
  const site = spawn(path.join(ROOT, ".venv", "bin", "python"), ["manage.py", "up", "--demo", "--port", String(port)], {
    cwd: ROOT,
    env: { ...process.env, VERTEBASE_VAR: folder, VERTEBASE_FRONTEND_DIST: pages, PYTHONUNBUFFERED: "1" },
    stdio: ["ignore", output, output],
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilUp(url, site, log);
  } catch (error) {
    await stop(site);
    throw error;
  } finally {
    closeSync(output);
  }
  process.env["VERTEBASE_E2E_URL"] = url;
  process.env["VERTEBASE_E2E_VAR"] = folder;
  return async () => {
    await stop(site);
    rmSync(folder, { recursive: true, force: true });
  };
}
