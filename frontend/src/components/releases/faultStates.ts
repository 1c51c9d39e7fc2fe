import { t } from "@/i18n";

/** How a reported fault stands. */
export const FAULT_STATES = {
  waiting: { name: t("Waiting"), color: "amber" },
  taken_up: { name: t("Taken up"), color: "green" },
  declined: { name: t("Declined"), color: "gray" },
} as const;
