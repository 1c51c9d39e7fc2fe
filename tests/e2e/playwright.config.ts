import { existsSync } from "node:fs";
import path from "node:path";
import { defineConfig } from "@playwright/test";

const root = path.resolve(__dirname, "..", "..");

/** Debian's Chromium; a test tool's own download is not needed. */
function chromium(): string {
  const named = process.env["VERTEBASE_CHROMIUM"];
  if (named) return named;
  return ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync) ?? "";
}

export default defineConfig({
  testDir: __dirname,
  outputDir: path.join(root, "build", "test", "e2e"),
  // The steps of a story build on each other, and the machine that runs them has two cores.
  workers: 1,
  fullyParallel: false,
  forbidOnly: Boolean(process.env["CI"]),
  // Drawn in software: what takes half a minute on an idle machine takes minutes on a busy one.
  timeout: 300_000,
  expect: { timeout: 30_000 },
  reporter: [
    ["list"],
    [
      "json",
      { outputFile: process.env["PLAYWRIGHT_JSON_OUTPUT_NAME"] ?? path.join(root, "build", "test", "playwright.json") },
    ],
  ],
  globalSetup: path.join(__dirname, "site.setup.ts"),
  use: {
    viewport: { width: 1440, height: 900 },
    actionTimeout: 30_000,
    navigationTimeout: 60_000,
    // Each frame of a fading dialog is drawn by the processor. With motion, as most people have it: `make test-all`.
    contextOptions: { reducedMotion: process.env["VERTEBASE_LOOKS"] === "one" ? "reduce" : "no-preference" },
    // Actions and requests, without film and copies of the pages: those cost as much as the steps they show.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: false },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: chromium(),
      args: [
        // WebGL in software: the viewer's planes have no other way to be drawn without a graphics card.
        "--use-angle=swiftshader",
        "--enable-unsafe-swiftshader",
        // The pages around it are not put together by WebGL: that took as much of the processor as all else.
        "--disable-gpu-compositing",
        "--disable-gpu-rasterization",
        "--disable-accelerated-2d-canvas",
        "--disable-gpu-sandbox",
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--no-first-run",
      ],
    },
  },
});
