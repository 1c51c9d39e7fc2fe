import { useBlocker } from "@tanstack/react-router";
import { t } from "@/i18n";
import { confirmed } from "./confirm";

/** Asks before changes that are not saved are left: for another page or tab of this site, or by closing the window. */
export function useUnsaved(dirty: boolean): void {
  useBlocker({
    disabled: !dirty,
    enableBeforeUnload: dirty,
    shouldBlockFn: async () =>
      !(await confirmed({
        title: t("Leave without saving?"),
        body: t("Your changes on this page are not saved."),
        verb: t("Leave without saving"),
        danger: true,
      })),
  });
}
