/** Page objects of a project: making it, its people, uploading, its board. */
import { expect, type Page } from "@playwright/test";

export class NewProject {
  constructor(readonly page: Page) {}

  async open(): Promise<void> {
    await this.page.goto("/projects/new");
    await expect(this.page.getByTestId("project-name")).toBeVisible();
  }

  /** Fill in and create; ends on the upload page. Returns the project's slug. */
  async create(name: string, protocol: "multi_rater" | "verse_2019"): Promise<string> {
    await this.page.getByTestId("project-name").fill(name);
    await this.page.getByTestId(`protocol-${protocol}`).click();
    await this.page.getByTestId("create-project").click();
    await this.page.waitForURL(/\/projects\/[^/]+\/upload$/);
    return new URL(this.page.url()).pathname.split("/")[2] ?? "";
  }
}

export class Members {
  constructor(
    readonly page: Page,
    readonly slug: string,
  ) {}

  async open(): Promise<void> {
    await this.page.goto(`/projects/${this.slug}/members`);
    await expect(this.page.getByTestId("members")).toBeVisible();
  }

  /** Invites, and closes the link that a site without e-mail shows. */
  async invite(email: string, role: "Rater" | "Radiologist" | "Researcher"): Promise<void> {
    await this.page.getByTestId("invite-email").fill(email);
    await this.page
      .getByRole("combobox", { name: "Role" })
      .or(this.page.getByRole("textbox", { name: "Role" }))
      .click();
    await this.page.getByRole("option", { name: new RegExp(`^${role}`) }).click();
    await this.page.getByTestId("invite").click();
    await this.page.getByRole("button", { name: "Done" }).click();
    await expect(this.page.getByTestId("invitations").getByText(email)).toBeVisible();
  }
}

/** The invited person says yes. */
export async function acceptInvitation(page: Page, project: string): Promise<void> {
  await page.goto("/");
  await page.getByRole("button", { name: `Accept ${project}` }).click();
  await expect(page.getByText(`You take part in ${project} now.`)).toBeVisible();
}

export class Upload {
  constructor(
    readonly page: Page,
    readonly slug: string,
  ) {}

  async open(): Promise<void> {
    await this.page.goto(`/projects/${this.slug}/upload`);
    await expect(this.page.getByTestId("drop-area")).toBeVisible();
  }

  async folder(path: string): Promise<void> {
    await this.page.getByTestId("folder-input").setInputFiles(path);
  }

  async results(): Promise<void> {
    await expect(this.page.getByTestId("batch-results")).toBeVisible({ timeout: 120_000 });
  }
}

export class Board {
  constructor(
    readonly page: Page,
    readonly slug: string,
  ) {}

  async open(): Promise<void> {
    await this.page.goto(`/projects/${this.slug}`);
    await expect(this.page.getByTestId("board")).toBeVisible();
  }

  /** Waits for the number of cases in a stage to become `count`, without a reload. */
  async stageHas(stage: string, count: number): Promise<void> {
    await expect(this.page.getByTestId(`stage-count-${stage}`)).toHaveText(String(count), { timeout: 120_000 });
  }
}
