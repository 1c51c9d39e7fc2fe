/** @vitest-environment jsdom */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { loadLanguage } from "@/i18n";
import { chosenLanguage, speak } from "@/i18n/language";
import { stubServer } from "@/testing/render";

const reload = vi.fn();
const CSRF = { "GET /api/v1/config": { body: {} } };

beforeEach(() => {
  vi.resetModules(); // an account is followed once a start
  reload.mockReset();
  vi.stubGlobal("location", { ...window.location, reload, origin: "http://localhost", href: "http://localhost/" });
});

afterEach(async () => {
  vi.unstubAllGlobals();
  localStorage.clear();
  await loadLanguage("en");
});

async function follow(id: string, language: string): Promise<string[]> {
  const seen = stubServer({ ...CSRF, "PATCH /api/v1/me": { body: {} } });
  const { followAccount } = await import("./language");
  followAccount({ id, language });
  followAccount({ id, language }); // as on the next page
  await vi.waitFor(() => expect(seen.length).toBeLessThan(3));
  await new Promise((done) => setImmediate(done));
  return seen.filter(({ method }) => method === "PATCH").map(({ body }) => body);
}

it("pages speak as the account wishes, whatever was chosen at this browser", async () => {
  localStorage.setItem("vertebase-language", "en");
  expect(await follow("ada", "de")).toEqual([]);
  expect(chosenLanguage()).toBe("de");
  expect(reload).toHaveBeenCalledTimes(1);
});

it("an account without a language takes the one chosen before the sign-in", async () => {
  speak("de");
  reload.mockReset();
  expect(await follow("ada", "")).toEqual(['{"language":"de"}']);
  expect(reload).not.toHaveBeenCalled();
});

it("but never that of somebody else who signed in here before", async () => {
  speak("de", "ada");
  reload.mockReset();
  expect(await follow("ben", "")).toEqual([]);
});

it("and nothing happens where nobody chose anything", async () => {
  expect(await follow("ada", "")).toEqual([]);
  expect(await follow("ada", "xx")).toEqual([]);
  expect(reload).not.toHaveBeenCalled();
});
