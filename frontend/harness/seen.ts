/** When a picture can be seen, judged the same way for both loaders: by what is on the canvas. */

const SIDE = 24;
/** Spread of grey values of a picture, beyond that of an empty canvas. */
const SPREAD = 6;
/** A canvas of each pane; reading small copies costs the same for either loader. */
function spreadOf(canvas: HTMLCanvasElement, copy: CanvasRenderingContext2D): number {
  copy.drawImage(canvas, 0, 0, SIDE, SIDE);
  const { data } = copy.getImageData(0, 0, SIDE, SIDE);
  let [sum, squares] = [0, 0];
  for (let at = 0; at < data.length; at += 4) {
    const grey = data[at] ?? 0;
    sum += grey;
    squares += grey * grey;
  }
  const count = SIDE * SIDE;
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}

/** Resolves with the time (performance.now) of the first frame in which any plane shows a picture. */
export function firstPicture(): Promise<number> {
  const copy = new OffscreenCanvas(SIDE, SIDE).getContext("2d", {
    willReadFrequently: true,
  }) as unknown as CanvasRenderingContext2D;
  return new Promise((resolve) => {
    const look = (): void => {
      const canvases = document.querySelectorAll<HTMLCanvasElement>("canvas.cornerstone-canvas, canvas.coarse-preview");
      if ([...canvases].some((canvas) => canvas.width > 0 && spreadOf(canvas, copy) > SPREAD))
        resolve(performance.now());
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}

export function nextFrame(): Promise<number> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now()))));
}
