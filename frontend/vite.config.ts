import { fileURLToPath, URL } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const backend = process.env["VERTEBASE_BACKEND"] ?? "http://127.0.0.1:8000";

/** Heavy libraries that change seldom stay in chunks of their own, so that a release keeps them cached. */
const VENDOR_CHUNKS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["cornerstone", /node_modules\/(@cornerstonejs|@kitware|gl-matrix|comlink|dcmjs)\//],
  ["charts", /node_modules\/(recharts|d3-[a-z]+|victory-vendor|@reduxjs|react-redux|immer)\//],
  ["mantine", /node_modules\/(@mantine|@floating-ui|mantine-datatable)\//],
  ["react", /node_modules\/(react|react-dom|scheduler|@tanstack)\//],
];

/** Of these only who asks for a document by `@vitest-environment` gets one. */
const LOGIC = ["src/**/*.spec.ts"];

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  worker: { format: "es" },
  server: {
    host: "127.0.0.1",
    // The pages show documents of the repository.
    fs: { allow: [fileURLToPath(new URL("..", import.meta.url))] },
    proxy: {
      "/api": backend,
      "/_allauth": backend,
      "/dicomweb": backend,
      "/monailabel": backend,
      "/ws": { target: backend, ws: true },
    },
  },
  build: {
    target: "es2022",
    sourcemap: true,
    // The viewer's chunk is large by nature and loads only with the workstation.
    chunkSizeWarningLimit: 4500,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: VENDOR_CHUNKS.map(([name, test]) => ({ name, test })),
        },
      },
    },
  },
  test: {
    globals: false,
    // A browser's document takes longer to set up than most of these tests to run: only what has pages gets one.
    projects: [
      {
        extends: true,
        test: { name: "logic", environment: "node", include: LOGIC },
      },
      {
        extends: true,
        test: {
          name: "pages",
          environment: "jsdom",
          include: ["src/**/*.spec.{ts,tsx}"],
          exclude: LOGIC,
          setupFiles: ["src/testing/setup.ts"],
        },
      },
    ],
    // Files of a worker share what they take from node_modules; modules of our own are read anew for each.
    isolate: false,
    // Tests do not time things: a busy machine is no failure.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
