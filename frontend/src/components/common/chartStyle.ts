/** How all plots look: the type of axes, the box of a point's figures, the colours of series. */

export const AXIS = { fontSize: 12, fill: "var(--mantine-color-dimmed)" };
/** An axis of ticks alone, without a line. */
export const PLAIN_AXIS = { tick: AXIS, tickLine: false, axisLine: false } as const;
export const TOOLTIP = {
  background: "var(--mantine-color-body)",
  border: "1px solid var(--vb-line)",
  borderRadius: 8,
  fontSize: 13,
};
export const PETROL = "var(--mantine-color-petrol-5)";
export const AMBER = "var(--mantine-color-amber-6)";
export const GRAPE = "var(--mantine-color-grape-5)";
