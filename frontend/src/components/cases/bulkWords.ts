import type { BulkAction } from "@/api/types";
import { t } from "@/i18n";

/** What a manager asks for; a due date is part of how urgent a case is. */
export type Act = BulkAction | "due" | "return";

export const TITLES: Readonly<Record<Act, string>> = {
  give: t("Give to one person"),
  distribute: t("Spread over the raters"),
  reassign: t("Reassign"),
  return: t("Return"),
  take_back: t("Take back"),
  prioritise: t("Change the priority"),
  due: t("Set the due date"),
  exclude: t("Exclude for good"),
  put_back: t("Put back"),
  tag: t("Tag"),
  untag: t("Take tags off"),
};

export const VERBS: Readonly<Record<Act, string>> = {
  give: t("Give"),
  distribute: t("Spread"),
  reassign: t("Reassign"),
  return: t("Return"),
  take_back: t("Take back"),
  prioritise: t("Change"),
  due: t("Set"),
  exclude: t("Exclude"),
  put_back: t("Put back"),
  tag: t("Tag"),
  untag: t("Take off"),
};

const TWENTY = t("For twenty seconds afterwards it can be undone.");
const UNOPENED = t("For twenty seconds afterwards it can be undone, where nobody has opened the task yet.");

export const WITH_PERSON: readonly Act[] = ["give", "reassign", "take_back"];
export const GRAVE: readonly Act[] = ["take_back", "exclude", "return"];

/** Whether there is a way back, said before. */
export const UNDO: Readonly<Record<Act, string>> = {
  give: UNOPENED,
  distribute: UNOPENED,
  reassign: UNOPENED,
  return: t("This cannot be undone: whoever gets it hands it in again."),
  take_back: t("This cannot be undone: the cases would have to be given again, and start anew."),
  prioritise: TWENTY,
  due: TWENTY,
  exclude: TWENTY,
  put_back: t("This cannot be undone: to take them out again, exclude them again and say why."),
  tag: TWENTY,
  untag: TWENTY,
};
