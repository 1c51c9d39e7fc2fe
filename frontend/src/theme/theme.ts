import {
  type BadgeProps,
  createTheme,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type MantineTheme,
  rem,
} from "@mantine/core";
import { language, t } from "@/i18n";

/** Petrol: actions and selection. */
const petrol: MantineColorsTuple = [
  "#e9f5f6",
  "#d3e7e9",
  "#a5ced3",
  "#73b4bc",
  "#4c9ea9",
  "#34909d",
  "#1f7d8a",
  "#136a76",
  "#0f5a65",
  "#0a4750",
];

/** Amber: what waits for a person. */
const amber: MantineColorsTuple = [
  "#fff5e6",
  "#fbe7cd",
  "#f4cd9c",
  "#edb166",
  "#e79a3a",
  "#e48c1f",
  "#d97d10",
  "#b5670a",
  "#985504",
  "#7b4300",
];

/** Bone: warm neutrals, after what the pictures show. */
const gray: MantineColorsTuple = [
  "#f9f7f3",
  "#f2efe8",
  "#e7e2d8",
  "#d8d2c5",
  "#bcb5a6",
  "#958e80",
  "#706a5f",
  "#565148",
  "#3b3732",
  "#252320",
];

/** Ink: the dark scheme, a blue-grey near the black of a reading room. */
const dark: MantineColorsTuple = [
  "#d6dee3",
  "#b3bfc7",
  "#8d9ba6",
  "#647380",
  "#41505c",
  "#2c3944",
  "#1f2a33",
  "#172128",
  "#10181e",
  "#0a1015",
];

export const theme = createTheme({
  primaryColor: "petrol",
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  colors: { petrol, amber, gray, dark },
  black: "#1c1f21",
  fontFamily: '"IBM Plex Sans Variable", "IBM Plex Sans", system-ui, -apple-system, "Segoe UI", sans-serif',
  fontFamilyMonospace: '"IBM Plex Mono", ui-monospace, "SFMono-Regular", Menlo, monospace',
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: rem(26), lineHeight: "1.25" },
      h2: { fontSize: rem(19), lineHeight: "1.3" },
      h3: { fontSize: rem(16), lineHeight: "1.35" },
      h4: { fontSize: rem(14), lineHeight: "1.4" },
    },
  },
  defaultRadius: "md",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    Paper: { defaultProps: { withBorder: true, radius: "md" } },
    Card: { defaultProps: { withBorder: true, radius: "md" } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: true } },
    // Its placeholder takes the focus and has no role, which a menu may not hold: the first item takes it instead.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Modal: {
      defaultProps: {
        centered: true,
        overlayProps: { backgroundOpacity: 0.45 },
        closeButtonProps: { "aria-label": t("Close") },
      },
      styles: { title: { fontWeight: 600 } },
    },
    Drawer: { defaultProps: { closeButtonProps: { "aria-label": t("Close") } } },
    Badge: {
      defaultProps: { variant: "light", radius: "sm" },
      styles: { root: { minWidth: "max-content" }, label: { textTransform: "none", fontWeight: 500 } },
      vars: (_theme: MantineTheme, props: BadgeProps) => ({
        root: props.size === undefined ? { "--badge-fz": rem(12.5), "--badge-height": rem(22) } : {},
      }),
    },
    Notification: { defaultProps: { closeButtonProps: { "aria-label": t("Close") } } },
    // Both signs are read; the language says which one is written.
    NumberInput: {
      defaultProps: { decimalSeparator: language() === "de" ? "," : ".", allowedDecimalSeparators: [".", ","] },
    },
    Progress: { defaultProps: { radius: "xl" } },
    // what scrolls must be reached by keyboard (WCAG 2.1.1); one rule for every table, whatever fits today
    TableScrollContainer: { defaultProps: { scrollAreaProps: { viewportProps: { tabIndex: 0 } } } },
    Skeleton: { defaultProps: { radius: "md" } },
  },
});

/**
 * Mantine's own hues on their light backgrounds are too pale to read (under 4.5 to 1); badges and avatars that
 * take them get a darker text in the light scheme.
 */
const HUES = ["red", "pink", "grape", "violet", "indigo", "blue", "cyan", "teal", "green", "lime", "yellow", "orange"];
const readableHues = Object.fromEntries(
  HUES.map((hue) => [
    `--mantine-color-${hue}-light-color`,
    `color-mix(in srgb, var(--mantine-color-${hue}-9) 68%, black)`,
  ]),
);

const AMBER_TEXT = "#7b4300";

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    ...readableHues,
    "--mantine-color-body": "#ffffff",
    "--vb-canvas": "#f6f4ef",
    "--vb-rail": "#efece4",
    "--vb-line": "#e3ded3",
    "--mantine-color-dimmed": "#686257",
    // Placeholders say what to enter, so they are read like any text.
    "--mantine-color-placeholder": "#706a5f",
    "--mantine-color-error": "#b42318",
    "--mantine-color-default-border": "#ddd7ca",
    "--mantine-color-green-light-color": "#1d6a32",
    // As text: its filled shade is too pale on white and on its own light background.
    "--mantine-color-amber-text": AMBER_TEXT,
    "--mantine-color-amber-light-color": AMBER_TEXT,
  },
  dark: {
    "--mantine-color-body": "#172128",
    "--vb-canvas": "#10181e",
    "--vb-rail": "#0c1318",
    "--vb-line": "#283540",
    "--mantine-color-dimmed": "#95a3ad",
    "--mantine-color-placeholder": "#95a3ad",
    "--mantine-color-error": "#ff8787",
    "--mantine-color-default-border": "#2c3944",
    // Mantine derives these from the darkest shades, which vanish on the ink of this scheme.
    "--mantine-color-gray-light": "rgba(150, 165, 175, 0.16)",
    "--mantine-color-gray-light-color": "#c6d0d7",
    "--mantine-color-petrol-light": "rgba(52, 144, 157, 0.26)",
    "--mantine-color-petrol-light-hover": "rgba(52, 144, 157, 0.36)",
    "--mantine-color-petrol-light-color": "#a5ced3",
    "--mantine-color-amber-light": "rgba(231, 154, 58, 0.2)",
    "--mantine-color-amber-light-color": "#f4cd9c",
  },
});
