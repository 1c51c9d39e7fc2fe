import { DEFAULT_THEME } from "@mantine/core";
import { expect, it } from "vitest";
import { cssVariables } from "./theme";

/** Relative luminance of "#rrggbb" (WCAG 2.2). */
function luminance(hex: string): number {
  const parts = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const [r = 0, g = 0, b = 0] = parts;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

it("warnings can be read in the light scheme: as text, and on their own light background", () => {
  const light: Readonly<Record<string, string>> = cssVariables(DEFAULT_THEME).light;
  const body = light["--mantine-color-body"] ?? "";
  const canvas = light["--vb-canvas"] ?? "";
  for (const name of ["--mantine-color-amber-text", "--mantine-color-amber-light-color"]) {
    // Of the amber at a tenth over white, which badges and notes have behind them.
    for (const ground of [body, canvas, "#fbe7cd"]) expect(contrast(light[name] ?? "", ground)).toBeGreaterThan(4.5);
  }
});
