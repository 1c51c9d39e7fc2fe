import { expect, it } from "vitest";
import { flowDrawing, flowText } from "./flowBoxes";

const FLOW = {
  came_in: 1234,
  held: 34,
  rules: [{ reason: "no bone metastases", count: 34 }],
  excluded: 200,
  reasons: [
    { reason: "consent withdrawn", count: 150 },
    { reason: "image quality", count: 50 },
  ],
  included: 1000,
  accepted: 600,
  in_progress: 300,
  waiting: 100,
};

it("draws what stays in one below the other, and what falls out beside it, none over another", () => {
  const { boxes, arrows, width, height } = flowDrawing(FLOW);
  expect(boxes.map(({ key }) => key)).toEqual([
    ...["came-in", "held", "eligible", "excluded", "included"],
    ...["accepted", "in-progress", "waiting"],
  ]);
  for (const one of boxes) {
    expect(one.x + one.width).toBeLessThan(width);
    expect(one.y + one.height).toBeLessThan(height);
    for (const other of boxes) {
      const apart =
        one === other ||
        one.x + one.width < other.x ||
        other.x + other.width < one.x ||
        one.y + one.height < other.y ||
        other.y + other.height < one.y;
      expect(apart).toBe(true);
    }
  }
  for (const key of ["held", "excluded", "eligible", "included", "accepted", "in-progress", "waiting"]) {
    const box = boxes.find((one) => one.key === key);
    const into = arrows.filter(
      ({ to: [x, y] }) =>
        box !== undefined && x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height,
    );
    expect(into, key).toHaveLength(1);
  }
});

it("says the same in words", () => {
  expect(flowText(FLOW)).toBe(
    "Series that came in (n = 1,234); Kept out by inclusion rules (n = 34); No bone metastases (n = 34); " +
      "Eligible (n = 1,200); Excluded (n = 200); Consent withdrawn (n = 150); Image quality (n = 50); " +
      "In the data set (n = 1,000); Accepted (n = 600); In progress (n = 300); Not begun (n = 100)",
  );
});
