/** No stroke is lost: the server is killed, the network goes, the session ends, each between stroke and answer. */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { openCorrection, Workstation } from "./pages/workstation";
import { ACCOUNTS, expect, expectAccessible, PASSWORD, picture, signIn, test } from "./support";

interface Operation {
  readonly operation_id: string;
  readonly revision: number;
}

const OPERATIONS = /\/assignments\/[0-9a-f-]+\/operations(\?|$)/;

/** The web server of the site under test; the supervisor starts another when it dies. */
function webServer(): number {
  const marker = `VERTEBASE_VAR=${process.env["VERTEBASE_E2E_VAR"] ?? ""}`;
  const found = readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8");
      return command.includes("uvicorn") && readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(marker);
    } catch {
      return false; // ended meanwhile
    }
  });
  const pid = Number(found[0]);
  expect(pid, "the web server's process").toBeGreaterThan(1);
  return pid;
}

const operationsOf = (page: Page, id: string): Promise<Operation[]> =>
  page.evaluate(async (assignment) => {
    const answer = await fetch(`/api/v1/assignments/${assignment}/operations?after=0`);
    return (await answer.json()) as Operation[];
  }, id);

const digestAtServer = (page: Page, id: string): Promise<string | null> =>
  page.evaluate(async (assignment) => {
    const answer = await fetch(`/api/v1/assignments/${assignment}/mask`, { cache: "no-store" });
    return answer.headers.get("X-Vertebase-Digest");
  }, id);

/** What another computer would send: an edit that empties an axial slice. */
async function editElsewhere(page: Page, id: string, k: number): Promise<void> {
  const detail = (await (await page.request.get(`/api/v1/assignments/${id}`)).json()) as {
    volume: { shape: [number, number, number] };
  };
  const { shape } = detail.volume;
  const packed = Buffer.alloc(33);
  packed.write("VBD1");
  [...shape, 1, k, 1, shape[0] * shape[1]].forEach((value, index) => packed.writeUInt32LE(value, 4 + 4 * index));
  const token = (await page.context().cookies()).find(({ name }) => name === "csrftoken")?.value ?? "";
  const answer = await page.request.post(`/api/v1/assignments/${id}/operations`, {
    headers: {
      "Content-Type": "application/octet-stream",
      "X-CSRFToken": token,
      "X-Operation-Id": randomUUID(),
      "X-Base-Revision": String((await operationsOf(page, id)).at(-1)?.revision ?? 0),
      "X-Operation-Kind": "erase",
    },
    data: deflateSync(packed),
  });
  expect(answer.ok(), await answer.text()).toBe(true);
}

test("strokes outlive a killed server, a lost network, an ended session and an edit from elsewhere", async ({
  browser,
}) => {
  test.skip(!process.env["VERTEBASE_E2E_VAR"], "a site that was started elsewhere is not killed");
  const problems: string[] = [];
  const { context, page } = await signIn(browser, "rater3", problems);
  const id = await openCorrection(page);
  const work = new Workstation(page);
  await work.loaded();
  await work.tool("sphere");
  const state = page.getByTestId("save-state");
  const stroke = (plane: "sagittal" | "coronal" | "axial", x: number, y: number) => work.stroke(plane, { x, y });

  const agreed = async () => {
    await expect(state).toHaveAttribute("data-kind", "saved", { timeout: 60_000 });
    expect(await digestAtServer(page, id)).toBe(await work.digest());
  };
  await stroke("sagittal", 40, 20);
  await agreed();

  await test.step("the server dies after it wrote an edit and before it answered", async () => {
    const before = await operationsOf(page, id);
    let killed = false;
    await page.route(OPERATIONS, async (route) => {
      if (killed || route.request().method() !== "POST") return route.continue();
      killed = true;
      await route.fetch();
      process.kill(webServer(), "SIGKILL");
      return route.abort("connectionreset");
    });
    await stroke("coronal", 50, 30);
    await expect(state).toHaveText("Offline, 1 edit kept in this browser", { timeout: 60_000 });
    await picture(page, "fault-server-killed");
    await agreed();
    const after = await operationsOf(page, id);
    expect(after.length, "the same edit is not taken twice").toBe(before.length + 1);
    await page.unroute(OPERATIONS);
  });

  await test.step("three strokes without a network", async () => {
    await context.setOffline(true);
    for (const x of [30, 60, 90]) await stroke("axial", x, x);
    await expect(state).toHaveText("Offline, 3 edits kept in this browser", { timeout: 60_000 });
    await context.setOffline(false);
    await agreed();
  });

  await test.step("the session ends, and one signs in again in another tab", async () => {
    await context.clearCookies({ name: "sessionid" });
    await stroke("sagittal", -50, 40);
    await expect(state).toHaveText("Signed out, 1 edit kept in this browser", { timeout: 60_000 });
    await picture(page, "fault-signed-out");
    const other = await context.newPage();
    await other.goto("/sign-in");
    await other.getByTestId("email").fill(ACCOUNTS.rater3);
    await other.getByTestId("password").fill(PASSWORD);
    await other.getByTestId("sign-in").click();
    await expect(other).not.toHaveURL(/sign-in/);
    await other.close();
    await page.bringToFront();
    await page.evaluate(() => window.dispatchEvent(new Event("focus"))); // headless windows have no focus to come back
    await agreed();
  });

  await test.step("another computer saved first: nothing is overwritten, the stroke is kept and offered", async () => {
    await editElsewhere(page, id, 40);
    const theirs = await digestAtServer(page, id);
    await stroke("sagittal", 25, 60);
    await expect(state).toHaveAttribute("data-kind", "conflict", { timeout: 60_000 });
    await expect(page.getByTestId("halt-banner")).toContainText("kept in this browser");
    expect(await digestAtServer(page, id)).toBe(theirs);
    await picture(page, "fault-conflict");
    await expectAccessible(page, "a conflict");
    await page.getByTestId("reload-case").click();
    await expect(page.getByTestId("recovery")).toContainText("has changed since", { timeout: 60_000 });
    await picture(page, "fault-conflict-choice");
    await page.getByTestId("apply-kept").click();
    await expect(page.getByTestId("recovery")).toBeHidden();
    await agreed();
  });

  // What could not be fetched is in the console as it should be; what the pages threw is not.
  expect(problems.filter((problem) => !problem.includes("console:"))).toEqual([]);
  await context.close();
});
