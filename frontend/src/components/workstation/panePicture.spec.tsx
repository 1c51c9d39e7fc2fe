import { afterEach, expect, it, vi } from "vitest";
import { panePicture, panesOnTop } from "./panePicture";

afterEach(() => {
  vi.restoreAllMocks();
  document.body.replaceChildren();
});

function placed<E extends HTMLElement>(element: E, box: readonly [number, number, number, number]): E {
  const [left, top, width, height] = box;
  element.getBoundingClientRect = () => ({ left, top, width, height }) as DOMRect;
  return element;
}

it("draws each canvas that is seen where it lies, and nothing of those that are not", () => {
  const drawImage = vi.fn();
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue({
    drawImage,
    fillRect: vi.fn(),
  } as unknown as RenderingContext);
  const root = placed(document.createElement("div"), [100, 50, 400, 300]);
  const [seen, hidden] = [document.createElement("canvas"), document.createElement("canvas")];
  placed(seen, [300, 50, 200, 150]);
  seen.checkVisibility = () => true;
  hidden.checkVisibility = () => false;
  root.append(seen, hidden);
  const told = vi.fn(() => expect(drawImage).not.toHaveBeenCalled());
  root.addEventListener("beforecopyofpane", told); // the 3D pane draws once more: WebGL keeps no picture
  const whole = panePicture(root);
  expect([whole.width, whole.height]).toEqual([400, 300]);
  expect(told).toHaveBeenCalledTimes(1);
  expect(drawImage.mock.calls).toEqual([[seen, 200, 0, 200, 150]]);
});

it("takes the panes that lie on top", () => {
  const [over, under] = [document.createElement("section"), document.createElement("div")];
  over.dataset["panes"] = "over";
  under.dataset["panes"] = "";
  document.body.append(over, under);
  expect(panesOnTop()).toBe(over);
  over.remove();
  expect(panesOnTop()).toBe(under);
});
