import {
  IconBone,
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
    title: "Work",
    items: [
      { label: "Overview", path: "", icon: IconLayoutKanban, roles: [] },
      { label: "Progress", path: "progress", icon: IconTrendingUp, roles: MANAGER },
      { label: "Cases", path: "cases", icon: IconListDetails, roles: MANAGER },
    ],
  },
  {
    title: "Quality",
    items: [
      { label: "Agreement", path: "agreement", icon: IconChartDots3, roles: MANAGER },
      { label: "Reliability", path: "reliability", icon: IconChartLine, roles: ["manager", "radiologist", "rater"] },
      { label: "Exercises", path: "quality", icon: IconRosetteDiscountCheck, roles: MANAGER },
    ],
  },
  {
    title: "Images",
    items: [
      { label: "Upload", path: "upload", icon: IconCloudUpload, roles: MANAGER },
      { label: "Series", path: "series", icon: IconBone, roles: MANAGER },
      { label: "Quarantine", path: "quarantine", icon: IconShieldExclamation, roles: MANAGER },
      { label: "Engine", path: "engine", icon: IconCpu, roles: MANAGER },
      { label: "Jobs", path: "jobs", icon: IconStack2, roles: MANAGER },
    ],
  },
  {
    title: "Data set",
    items: [
      { label: "Statistics", path: "statistics", icon: IconChartBar, roles: ["manager", "radiologist"] },
      { label: "Bone density", path: "calibrations", icon: IconRulerMeasure, roles: ["manager", "physicist"] },
      { label: "Releases", path: "releases", icon: IconPackageExport, roles: [] },
    ],
  },
  {
    title: "Project",
    items: [
      { label: "Members", path: "members", icon: IconUsers, roles: MANAGER },
      { label: "Audit", path: "audit", icon: IconHistory, roles: MANAGER },
      { label: "Settings", path: "settings", icon: IconSettings, roles: MANAGER },
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
