/** When the hand moved, and when each pane's new picture was on the screen; the same for whoever draws. */

export interface Input {
  readonly type: string;
  /** The browser's time of the input, and when the page heard of it. */
  readonly at: number;
  readonly heard: number;
  /** When all listeners had done with it. */
  done: number;
}

export interface Picture {
  readonly plane: string;
  readonly drawn: number;
  /** After the frame that brought it to the screen. */
  shown: number;
}

export interface Recorded {
  readonly inputs: readonly Input[];
  readonly pictures: readonly Picture[];
}

const INPUTS = ["wheel", "pointerdown", "pointermove", "mousemove", "pointerup"] as const;
/** Nothing drawn for so long: what an input brought about is done. */
const QUIET_MS = 200;

export class Recorder {
  private side = "";
  private inputs: Input[] = [];
  private pictures: Picture[] = [];
  private last = performance.now();

  constructor() {
    for (const type of INPUTS) {
      window.addEventListener(type, (event) => this.heard(type, event.timeStamp), { capture: true, passive: true });
      window.addEventListener(type, () => this.handled(type), { passive: true });
    }
    const noted = (canvas: HTMLCanvasElement | OffscreenCanvas): void => this.drew(canvas);
    const draw = CanvasRenderingContext2D.prototype.drawImage as (...all: unknown[]) => void;
    CanvasRenderingContext2D.prototype.drawImage = function (this: CanvasRenderingContext2D, ...all: unknown[]) {
      draw.apply(this, all);
      noted(this.canvas);
    } as CanvasRenderingContext2D["drawImage"];
  }

  begin(side: string): void {
    this.side = side;
    this.inputs = [];
    this.pictures = [];
  }

  read(): Recorded {
    return { inputs: this.inputs, pictures: this.pictures };
  }

  quiet(): Promise<void> {
    this.last = performance.now();
    return new Promise((resolve) => {
      const look = (): void => {
        if (performance.now() - this.last > QUIET_MS) resolve();
        else setTimeout(look, QUIET_MS / 4);
      };
      look();
    });
  }

  private heard(type: string, at: number): void {
    const heard = performance.now();
    this.last = heard;
    this.inputs.push({ type, at, heard, done: heard });
  }

  private handled(type: string): void {
    const input = this.inputs.findLast((one) => one.type === type);
    if (input) input.done = performance.now();
  }

  private drew(canvas: HTMLCanvasElement | OffscreenCanvas): void {
    if (!(canvas instanceof HTMLCanvasElement) || !canvas.matches(".plane-picture, .cornerstone-canvas")) return;
    const plane = canvas.closest(".plane")?.id ?? "";
    if (!plane.startsWith(this.side)) return;
    const picture = { plane: plane.slice(this.side.length + 1), drawn: performance.now(), shown: Infinity };
    this.last = picture.drawn;
    this.pictures.push(picture);
    // A message that is sent while a frame is made is read once the frame has gone out.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      picture.shown = performance.now();
      port1.close();
    };
    port2.postMessage(null);
  }
}
