/** Servers that the browser tests start for themselves: a free port, waiting until they answer, and their end. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { ROOT } from "./builds";

const START_MS = 600_000; // a minute and a half where nothing else runs
const STOP_MS = 30_000;
const POLL_MS = 250;

export interface Server {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

interface Start {
  /** What Python is called with, for a port. */
  readonly command: (port: number) => readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Where what it says is kept. */
  readonly log: string;
  /** What it says once it is ready, where it answers before. */
  readonly ready?: string;
}

/** Start a server in Python on a free port of loopback; given back when it answers. */
export async function startServer({ command, env, log, ready = "" }: Start): Promise<Server> {
  const output = openSync(log, "w");
  const port = await freePort();
  const server = spawn(path.join(ROOT, ".venv", "bin", "python"), command(port), {
    cwd: ROOT,
    env: { ...process.env, ...env, PYTHONUNBUFFERED: "1" },
    stdio: ["ignore", output, output],
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = () => end(server);
  try {
    await untilUp(url, server, log, ready);
  } catch (error) {
    await stop();
    throw error;
  } finally {
    closeSync(output);
  }
  return { url, stop };
}

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

async function untilUp(url: string, server: ChildProcess, log: string, ready: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (!readFileSync(log, "utf8").includes(ready) || !(await answers(url))) {
    const ended = server.exitCode !== null;
    if (ended || Date.now() > deadline) {
      throw new Error(`the site ${ended ? "ended" : "did not answer"}:\n${readFileSync(log, "utf8").slice(-4000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  server.kill("SIGINT");
  const killer = setTimeout(() => server.kill("SIGKILL"), STOP_MS);
  await ended;
  clearTimeout(killer);
}
