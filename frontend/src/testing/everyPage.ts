/** All pages, and by whom each is opened when all of them are looked at: `pages/everyPage.spec.tsx`, `tests/e2e`. */

interface PageRow {
  /** As the router calls it. */
  readonly route: string;
  /** Accounts of the demo, an administrator, or a visitor who is not signed in. */
  readonly seenBy: readonly Seer[];
  /** The address to open: what stands in braces is an id that the walk finds out. */
  readonly address: string;
  /** Left out on a phone: pictures that need a window. */
  readonly needsWindow?: boolean;
}

type Seer = "visitor" | "rater1" | "radiologist" | "researcher" | "manager" | "administrator";

const row = (
  route: string,
  address: string,
  seenBy: readonly Seer[],
  more: Pick<PageRow, "needsWindow"> = {},
): PageRow => ({
  route,
  address,
  seenBy,
  ...more,
});
const ofProject = (name: string, seenBy: readonly Seer[] = ["manager"]): PageRow =>
  row(`/projects/$slug/${name}`, `/projects/demo/${name}`, seenBy);
const picture = { needsWindow: true };

export const EVERY_PAGE: readonly PageRow[] = [
  row("/sign-in", "/sign-in", ["visitor"]),
  row("/sign-up", "/sign-up", ["visitor"]),
  row("/invitation", "/invitation#no-such-link", ["visitor"]),
  row("/data", "/data", ["visitor"]),
  row("/data/$id", "/data/{release}", ["visitor"]),
  row("/data/confirm", "/data/confirm#no-such-request", ["visitor"]),
  row("/data/files", "/data/files#no-such-link", ["visitor"]),
  row("/forgotten-password", "/forgotten-password", ["visitor"]),
  row("/account/password/reset/key/$key", "/account/password/reset/key/none", ["visitor"]),
  row("/account/verify-email/$key", "/account/verify-email/none", ["visitor"]),
  row("/", "/", ["rater1", "radiologist", "researcher", "manager"]),
  row("/projects", "/projects", ["rater1", "manager"]),
  row("/projects/new", "/projects/new", ["manager"]),
  row("/projects/$slug/", "/projects/demo", ["rater1", "manager"]),
  ofProject("progress"),
  ofProject("cases"),
  ofProject("agreement"),
  ofProject("reliability", ["rater1", "manager"]),
  ofProject("quality"),
  ofProject("upload"),
  ofProject("series"),
  ofProject("quarantine"),
  ofProject("engine"),
  ofProject("jobs"),
  ofProject("statistics", ["radiologist", "manager"]),
  ofProject("calibrations"),
  ofProject("releases", ["researcher", "manager"]),
  ofProject("members"),
  ofProject("audit"),
  ofProject("guidelines", ["rater1", "manager"]),
  ofProject("settings"),
  row("/cases/$id", "/cases/{case}", ["manager"]),
  row("/cases/$id/consensus", "/cases/{case}/consensus", ["manager"]),
  row("/cases/$id/view", "/cases/{case}/view", ["manager"], picture),
  row("/series/$id/view", "/series/{series}/view", ["manager"], picture),
  row("/assignments/$id", "/assignments/{assignment}", ["rater1"], picture),
  row("/assignments/$id/feedback", "/assignments/{assignment}/feedback", ["rater1"]),
  row("/releases/$id", "/releases/{release}", ["researcher", "manager"]),
  row("/releases/$id/items/$item", "/releases/{release}/items/{item}", ["manager"], picture),
  row("/challenges", "/challenges", ["researcher"]),
  row("/challenges/$id", "/challenges/{challenge}", ["researcher", "manager"]),
  row("/account", "/account", ["rater1"]),
  row("/device", "/device", ["rater1"]),
  row("/site", "/site", ["administrator"]),
  row("/help", "/help", ["rater1"]),
];
