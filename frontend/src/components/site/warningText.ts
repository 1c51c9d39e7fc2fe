import { t } from "@/i18n";
import type { SiteWarning } from "@/api/types";

/** A warning of the site in a sentence that says what to do. */
export function warningText({ kind, about }: Pick<SiteWarning, "kind" | "about">): string {
  switch (kind) {
    case "disk_full":
      return t("The disk is full: uploads are refused. Make room, or enlarge the disk.");
    case "disk_low":
      return t("Less than a tenth of the disk is free.");
    case "queue_stuck":
      return t("Jobs wait in the queue {{about}} and no worker takes them. Start one, or look into its log.", {
        about,
      });
    case "worker_silent":
      return t("The worker {{about}} no longer says that it lives. Look into its log, or start it again.", { about });
    case "versions":
      return t("A worker runs version {{about}}, the site another one. Start it again.", { about });
    case "quota":
      return about === ""
        ? t("The storage of the site is nearly used up.")
        : t("The storage of {{about}} is nearly used up.", { about });
    case "chain":
      return t(
        "The record of acts does not hold: an entry was changed or is missing. See the page Audit of a project.",
      );
  }
}
