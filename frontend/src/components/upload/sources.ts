import { t } from "@/i18n";
import { count } from "@/state/format";

/**
 * Which files a series was read from. The window that sent them knows their names, and nobody else does: there it
 * is their number.
 */
export function sourceText(uploads: readonly string[], nameOf: (upload: string) => string | undefined): string {
  if (uploads.length === 0) return "";
  const names = uploads.map(nameOf).filter((name) => name !== undefined);
  const first = names.sort((a, b) => a.localeCompare(b, "en", { numeric: true }))[0];
  if (first === undefined) return t("From {{files}}", { files: count(uploads.length, "file") });
  return uploads.length === 1
    ? t("From {{first}}", { first })
    : t("From {{first}} and {{moreFiles}}", { first, moreFiles: count(uploads.length - 1, "more file") });
}
