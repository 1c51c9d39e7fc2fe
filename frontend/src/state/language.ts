/** The language goes with the account. What was chosen before the first sign-in is taken over by an account without one. */

import { answer, client } from "@/api/client";
import type { Me } from "@/api/types";
import { language } from "@/i18n";
import { choiceOfBrowser, isLanguage, type Language, speak } from "@/i18n/language";

let followed = "";

/** Once a start and account: speak as the account wishes, or let it keep what was chosen here. */
export function followAccount(me: Pick<Me, "id" | "language">): void {
  if (followed === me.id) return;
  followed = me.id;
  if (isLanguage(me.language)) {
    if (me.language !== language()) speak(me.language, me.id);
    return;
  }
  const chosen = choiceOfBrowser();
  // Not kept now: the next start tries again.
  if (chosen !== null) void client.PATCH("/api/v1/me", { body: { language: chosen } }).catch(() => undefined);
}

/** Choose for the account; the pages are loaded anew once the server has it. */
export async function chooseLanguage(accountId: string, chosen: Language): Promise<void> {
  await answer(client.PATCH("/api/v1/me", { body: { language: chosen } }));
  speak(chosen, accountId);
}
