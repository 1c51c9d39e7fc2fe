import { fetchSurfaces, type Shapes, type SurfaceAnswer } from "./surfaceFetch";

export interface SurfaceRequest {
  readonly id: number;
  readonly url: string;
  readonly have: Shapes;
}
export type SurfaceReply = { readonly id: number } & ({ readonly answer: SurfaceAnswer } | { readonly error: string });

addEventListener("message", (event: MessageEvent<SurfaceRequest>) => {
  const { id, url, have } = event.data;
  fetchSurfaces(url, have).then(
    (answer) => {
      const transfer = answer.meshes.flatMap(({ points, triangles, normals }) => [
        points.buffer,
        triangles.buffer,
        normals.buffer,
      ]);
      postMessage({ id, answer } satisfies SurfaceReply, { transfer });
    },
    (error: unknown) =>
      postMessage({ id, error: error instanceof Error ? error.message : String(error) } satisfies SurfaceReply),
  );
});
