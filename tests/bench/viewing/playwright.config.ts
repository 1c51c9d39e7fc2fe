import path from "node:path";
import { defineConfig } from "@playwright/test";
import shared from "../../e2e/playwright.config";

/** Headless Chromium as in the browser tests, without their site. */
export default defineConfig({
  testDir: __dirname,
  testMatch: "*.bench.ts",
  outputDir: path.resolve(__dirname, "..", "..", "..", "build", "bench", "viewing"),
  workers: 1,
  timeout: 600_000,
  reporter: [["line"]],
  use: { ...shared.use, viewport: { width: 1280, height: 800 }, trace: "off", screenshot: "off" },
});
