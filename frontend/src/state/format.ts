/** How numbers, times and sizes are written on the pages, as the language does. */

import { decimal, locale, plural, t } from "@/i18n";

const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

/** Bytes in decimal units, as download pages and file managers show them. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return "–";
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  // 999.95 KB would print as "1000.0 KB": it belongs to the next unit.
  if (unit > 0 && Number(value.toFixed(1)) >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0 ? `${value} B` : `${decimal(value.toFixed(1))} ${UNITS[unit]}`;
}

/** A duration in seconds, in the two largest units that matter: "42 s", "3 min 05 s", "2 h 10 min", "3 d 05 h". */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds) || seconds < 0) return "–";
  if (seconds < 10) return `${decimal(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60)
    return t("{{minutes}} min {{padStart}} s", { minutes, padStart: String(whole % 60).padStart(2, "0") });
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return t("{{hours}} h {{padStart}} min", { hours, padStart: String(minutes % 60).padStart(2, "0") });
  return `${Math.floor(hours / 24)} d ${String(hours % 24).padStart(2, "0")} h`;
}

/** Whole minutes: "42 min", "3 h 05 min". */
export function formatMinutes(minutes: number): string {
  const whole = Math.round(minutes);
  if (whole < 60) return t("{{whole}} min", { whole });
  return t("{{whole}} h {{padStart}} min", {
    whole: Math.floor(whole / 60),
    padStart: String(whole % 60).padStart(2, "0"),
  });
}

export function formatPercent(fraction: number | null | undefined): string {
  if (fraction == null || !Number.isFinite(fraction)) return "–";
  // Never "100 %" before it is done, never "0 %" once it has begun.
  const percent = fraction >= 1 ? 100 : Math.min(99, Math.floor(fraction * 100));
  return `${fraction > 0 ? Math.max(1, percent) : 0} %`;
}

/** "1 file", "2 files". */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${formatNumber(n)} ${plural(n, one, many)}`;
}

export function formatNumber(value: number | null | undefined, digits = 0): string {
  if (value == null || !Number.isFinite(value)) return "–";
  return value.toLocaleString(locale("numbers"), { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

const DATE: Intl.DateTimeFormatOptions = { year: "numeric", month: "short", day: "numeric" };
const TIME: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hour12: false };

type Time = string | number | Date | null | undefined;

export function formatDate(iso: string | null | undefined): string {
  const at = parse(iso);
  return at === null ? "–" : at.toLocaleDateString(locale("dates"), DATE);
}

export function formatDateTime(iso: Time): string {
  const at = parse(iso);
  return at === null ? "–" : at.toLocaleString(locale("dates"), { ...DATE, ...TIME });
}

/** "14:03:09" */
export function formatClock(at: Date): string {
  return at.toLocaleTimeString(locale("dates"), { ...TIME, second: "2-digit" });
}

const STEPS: readonly (readonly [seconds: number, unit: Intl.RelativeTimeFormatUnit])[] = [
  [365 * 86_400, "year"],
  [30 * 86_400, "month"],
  [7 * 86_400, "week"],
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
];

/** "5 minutes ago", "in 3 days"; "just now" within a minute. */
export function formatRelative(iso: string | null | undefined, now: Date = new Date()): string {
  const at = parse(iso);
  if (at === null) return "–";
  const seconds = (at.getTime() - now.getTime()) / 1000;
  const words = new Intl.RelativeTimeFormat(locale("numbers"), { numeric: "auto" });
  for (const [size, unit] of STEPS) {
    if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit);
  }
  return t("just now");
}

/** From a moment until now. */
export function secondsSince(iso: string, now: Date = new Date()): number {
  return (now.getTime() - new Date(iso).getTime()) / 1000;
}

export type DueState = "none" | "later" | "soon" | "overdue";
const SOON_DAYS = 3;

/** How pressing a due date (YYYY-MM-DD, through the end of that local day) is. */
export function dueState(dueOn: string | null | undefined, now: Date = new Date()): DueState {
  if (dueOn == null || dueOn === "") return "none";
  const [year, month, day] = dueOn.split("-").map(Number);
  if (year === undefined || month === undefined || day === undefined) return "none";
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const days = Math.round((new Date(year, month - 1, day).getTime() - today.getTime()) / 86_400_000);
  if (days < 0) return "overdue";
  return days <= SOON_DAYS ? "soon" : "later";
}

const NO_BREAK = "\u00a0";

/** "0.8 × 0.8 × 1.0 mm", never broken over two lines. */
export function formatSpacing(spacingMm: readonly number[]): string {
  return t("{{spacingMm}} mm", {
    spacingMm: spacingMm.map((value) => decimal(value.toFixed(2).replace(/0$/, ""))).join(" × "),
  }).replaceAll(" ", NO_BREAK);
}

export function formatShape(shape: readonly number[]): string {
  return shape.join(" × ");
}

function parse(iso: Time): Date | null {
  if (iso == null || iso === "") return null;
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? null : at;
}
