import {
  IconBone,
  IconBook,
  IconChartBar,
  IconChartDots3,
  IconChartLine,
  IconCloudUpload,
  IconCpu,
  IconHistory,
  IconLayoutKanban,
  IconListDetails,
  IconPackageExport,
  IconRosetteDiscountCheck,
  IconRulerMeasure,
  IconSettings,
  IconShieldExclamation,
  IconStack2,
  IconTrendingUp,
  IconUsers,
  type TablerIcon,
} from "@tabler/icons-react";
import { t } from "@/i18n";
import type { Role } from "@/api/types";

interface NavItem {
  readonly label: string;
  /** Below /projects/$slug. */
  readonly path:
    | ""
    | "progress"
    | "cases"
    | "agreement"
    | "reliability"
    | "quality"
    | "series"
    | "upload"
    | "quarantine"
    | "jobs"
    | "engine"
    | "releases"
    | "statistics"
    | "calibrations"
    | "members"
    | "audit"
    | "guidelines"
    | "settings";
  readonly icon: TablerIcon;
  /** Roles that see it; empty means every member. */
  readonly roles: readonly Role[];
}

export interface NavGroup {
  readonly title: string;
  readonly items: readonly NavItem[];
}

const MANAGER: readonly Role[] = ["manager"];

const PROJECT_NAV: readonly NavGroup[] = [
  {
    title: t("Work"),
    items: [
      { label: t("Overview"), path: "", icon: IconLayoutKanban, roles: [] },
      { label: t("Progress"), path: "progress", icon: IconTrendingUp, roles: MANAGER },
      { label: t("Cases"), path: "cases", icon: IconListDetails, roles: MANAGER },
      { label: t("Guidelines"), path: "guidelines", icon: IconBook, roles: [] },
    ],
  },
  {
    title: t("Quality"),
    items: [
      { label: t("Agreement"), path: "agreement", icon: IconChartDots3, roles: MANAGER },
      { label: t("Reliability"), path: "reliability", icon: IconChartLine, roles: ["manager", "radiologist", "rater"] },
      { label: t("Exercises"), path: "quality", icon: IconRosetteDiscountCheck, roles: MANAGER },
    ],
  },
  {
    title: t("Images"),
    items: [
      { label: t("Upload"), path: "upload", icon: IconCloudUpload, roles: MANAGER },
      { label: t("Series"), path: "series", icon: IconBone, roles: MANAGER },
      { label: t("Quarantine"), path: "quarantine", icon: IconShieldExclamation, roles: MANAGER },
      { label: t("Engine"), path: "engine", icon: IconCpu, roles: MANAGER },
      { label: t("Jobs"), path: "jobs", icon: IconStack2, roles: MANAGER },
    ],
  },
  {
    title: t("Data set"),
    items: [
      { label: t("Statistics"), path: "statistics", icon: IconChartBar, roles: ["manager", "radiologist"] },
      { label: t("Bone density"), path: "calibrations", icon: IconRulerMeasure, roles: ["manager", "physicist"] },
      { label: t("Releases"), path: "releases", icon: IconPackageExport, roles: [] },
    ],
  },
  {
    title: t("Project"),
    items: [
      { label: t("Members"), path: "members", icon: IconUsers, roles: MANAGER },
      { label: t("Audit"), path: "audit", icon: IconHistory, roles: MANAGER },
      { label: t("Settings"), path: "settings", icon: IconSettings, roles: MANAGER },
    ],
  },
];

/** What somebody with `roles` finds in the navigation; groups without an item are left out. */
export function navigationFor(roles: readonly Role[]): NavGroup[] {
  return PROJECT_NAV.map(({ title, items }) => ({
    title,
    items: items.filter((item) => item.roles.length === 0 || item.roles.some((role) => roles.includes(role))),
  })).filter(({ items }) => items.length > 0);
}
