/**
 * What a stroke costs on volumes of 100 and of 600 slices: painting, keeping the step, packing the changed slices and
 * the new digest; all that happens between the hand and the network, but for drawing. Prints JSON. Run in frontend/.
 */
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(path.join(process.cwd(), "package.json"));
const { createServer } = await import(pathToFileURL(path.join(path.dirname(require.resolve("vite/package.json")), "dist/node/index.js")).href);
const vite = await createServer({ root: process.cwd(), server: { middlewareMode: true, hmr: false, ws: false }, appType: "custom", logLevel: "error", optimizeDeps: { noDiscovery: true } });
const load = (name) => vite.ssrLoadModule(`/src/${name}.ts`);
const [{ MaskEditor }, { VolumeGeometry }, { packSlices }, { MaskDigest }] = await Promise.all([load("viewer/maskEditor"), load("domain/geometry"), load("domain/vbd1"), load("domain/digest")]);

const STROKES = 81;
const WARM_UP = 20;
const MOVES = 20;
const RADIUS_MM = 5;

async function workbench(slices) {
  const shape = [512, 512, slices];
  const affine = [[0.7, 0, 0, 0], [0, 0.7, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]];
  const mask = new Uint8Array(512 * 512 * slices);
  let edit = null;
  const editor = new MaskEditor(new VolumeGeometry(shape, affine), mask, new Int16Array(mask.length), {
    drawn: () => undefined,
    edited: (event) => { edit = event; },
    refused: (why) => { throw new Error(why); },
    previewed: () => undefined,
  });
  editor.activeLabel = 20;
  const digest = new MaskDigest(mask, shape);
  await digest.hex();
  return async (stroke) => {
    const at = [120 + 8 * (stroke % 30), 250, slices / 2];
    const began = performance.now();
    editor.startStroke({ kind: "sphere" }, stroke % 2 === 1, RADIUS_MM, at);
    for (let move = 1; move <= MOVES; move++) editor.continueStroke([at[0] + move, at[1] + move / 2, at[2]]);
    editor.endStroke();
    packSlices(mask, shape, edit.slices);
    digest.touch(edit.slices);
    await digest.hex();
    return performance.now() - began;
  };
}

// Stroke by stroke in turn, so that other load, the compiler and the collector fall on both.
const small = await workbench(100);
const large = await workbench(600);
const times = [[], []];
for (let stroke = 0; stroke < STROKES; stroke++) {
  times[0].push(await small(stroke));
  times[1].push(await large(stroke));
}
const median = (list) => list.slice(WARM_UP).sort((a, b) => a - b)[Math.floor((list.length - WARM_UP) / 2)];
process.stdout.write(JSON.stringify({ ms_100_slices: median(times[0]), ms_600_slices: median(times[1]) }));
await vite.close();
process.exit(0);
