import { t } from "@/i18n";

const ENDS = t(
  "Sessions and tokens end at once, and nobody signs in to it. What they did stays under their name; work in hand goes back to be taken by others.",
);

/** What somebody should know before an account is switched off, who alone manages these projects. */
export function offText(alone: readonly string[]): string {
  return alone.length === 0
    ? ENDS
    : t("{{ends}} Nobody else manages {{alone}}: name another manager first.", { ends: ENDS, alone: alone.join(", ") });
}
