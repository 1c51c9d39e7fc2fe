/** What the harness page puts on `window`, as far as the tests use it. */
interface ViewerHarness {
  viewer: {
    readonly hand: {
      setTool(tool: string): void;
      setBrush(change: { radiusMm?: number }): void;
      setScissors(change: { mode?: string; outline?: string; depth?: number | "all" }): void;
      setContourWay(way: string): void;
      setGrow(change: { gate?: object; reachMm?: number; depth?: string }): void;
      setSplitTarget(label: number | null): void;
    };
    readonly slab: { set(change: { thicknessMm?: number; blend?: string }): void };
    setActiveLabel(label: number): void;
    setLock(label: number, state: string): void;
    setPaintOver(over: string | number): void;
    setGate(gate: { kind: string; range?: { min: number; max: number } }): void;
    setMaskStyle(style: { visible?: boolean; opacity?: number; look?: string }): void;
    setLabelVisible(label: number, visible: boolean): void;
    setWindow(window: { centre: number; width: number }): void;
    getState(): { activeLabel: number };
    scroll(plane: string, slices: number): void;
    setScope(scope: string): void;
    operate(request: { operation: object; name: string; scope?: string; preview?: boolean }): Promise<boolean>;
    readonly editor: {
      acceptPreview(): boolean;
      cancelPreview(): boolean;
      readonly summary: {
        boxOf(labels: number[]): { low: [number, number, number]; high: [number, number, number] } | null;
      };
    };
    readonly desk: { turnSplit(): Promise<boolean>; cancel(): void };
    centreOn(voxel: readonly number[]): void;
    goToStep(applied: number): void;
    resetViews(): void;
    undo(): boolean;
    redo(): boolean;
    copySlice(plane: string, step: 1 | -1): Promise<void>;
    relabel(moves: Map<number, number>, name: string): boolean;
    goToLevel(label: number): boolean;
    zoomToLevel(label: number): boolean;
    setZoomLinked(linked: boolean): void;
    setCrosshairVisible(visible: boolean): void;
    addPane(id: string, plane: string, element: HTMLDivElement, mask: object): Promise<void>;
    removePane(id: string): void;
    paneViewport(id: string): {
      sliceIndex: number;
      mmPerPixel: number;
      heightMm: number;
      setHeightMm(heightMm: number): void;
    };
    setAnnotations(layer: string, shapes: readonly object[]): void;
    on(event: "ruler", handler: (ruler: DrawnRuler) => void): () => void;
    on(event: "annotation", handler: (event: MovedShape) => void): () => void;
    readonly mask: Uint8Array;
    readonly geometry: {
      readonly shape: [number, number, number];
      readonly spacingMm: [number, number, number];
      voxelOfFlatIndex(index: number): [number, number, number];
      voxelToRasMm(voxel: readonly number[]): [number, number, number];
      rasMmToVoxel(point: readonly number[]): [number, number, number];
    };
  };
  reopen(): Promise<void>;
  straighten(element: HTMLDivElement): {
    pageOf(voxel: readonly number[]): { x: number; y: number; lateralMm: number } | null;
    voxelAt(point: readonly [number, number]): [number, number, number] | null;
    dispose(): void;
  };
  held(): { bytes: number; volumes: number };
}

interface MovedShape {
  readonly shapeId: string;
  readonly handle: number;
  readonly pointsRasMm: readonly (readonly number[])[];
  readonly phase: string;
}

interface DrawnRuler {
  readonly kind: string;
  readonly plane: string;
  readonly pointsRasMm: readonly (readonly number[])[];
}

interface Window {
  drawn: DrawnRuler[];
  moved: MovedShape[];
  straight: ReturnType<ViewerHarness["straighten"]>;
  harness: ViewerHarness;
  keptMask: Uint8Array;
  __vertebase: {
    state(): {
      loading: { loaded: number; total: number };
      applied: number;
      preview: { name: string; added: number; removed: number } | null;
      busy: { name: string } | null;
      crosshair: [number, number, number];
      levels: { label: number; centre: [number, number, number] }[];
      brush: { radiusMm: number };
      window: { centre: number; width: number };
      history: { name: string }[];
      tool: string;
      activeLabel: number;
    };
    labelAt(i: number, j: number, k: number): number;
    huAt(i: number, j: number, k: number): number;
    count(label: number): number;
    digest(): Promise<string>;
    pageOf(plane: string, voxel: readonly number[]): { x: number; y: number };
    voxelByCornerstone(plane: string, x: number, y: number): [number, number, number];
    slice(plane: string): number;
  };
}
