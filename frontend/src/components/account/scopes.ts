import type { ApiToken } from "@/api/types";
import { t } from "@/i18n";

export type Scope = ApiToken["scope"];

/** What a token lets a program do, after "it may". */
export const SCOPES: Record<Scope, string> = {
  read: t("see and download"),
  annotate: t("also do your tasks"),
  manage: t("also manage projects"),
};
