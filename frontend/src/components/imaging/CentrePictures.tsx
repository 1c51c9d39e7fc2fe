import { Alert, Group, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { inSentence, t } from "@/i18n";
import { answer, client } from "@/api/client";
import { VolumeGeometry, type Vec3 } from "@/domain/geometry";
import { nameOf } from "@/domain/labels";
import { fromView, project, sizeMm, slabRound, toView, VIEWS, type Picture, type View } from "@/domain/projection";
import { fetchVoxels } from "@/workers/slabFetch";
import { parseSlabIndex, type SlabIndex } from "@/workers/slabIndex";
import styles from "./centres.module.css";
import type { Row } from "./centres";

interface Props {
  readonly volumeId: string;
  readonly rows: readonly Row[];
  readonly movable: boolean;
  readonly onMove: (key: string, voxel: Vec3) => void;
  readonly onRename: (key: string, by: 1 | -1) => void;
  readonly onRemove: (key: string) => void;
}

interface Coarse {
  readonly index: SlabIndex;
  readonly voxels: Int16Array;
}

/** Bone from about here to there, HU. */
const DARK = 50;
const BRIGHT = 900;
/** What lies farther than this before, behind or beside the spine is left out of the pictures, mm. */
const MARGIN_MM = 25;
const DOT_MM = 3.2;
const NAMES: Readonly<Record<View, string>> = { sagittal: t("From the side"), coronal: t("From the front") };

function useCoarse(volumeId: string) {
  return useQuery({
    queryKey: ["volume", volumeId, "coarse"],
    staleTime: Infinity,
    queryFn: async ({ signal }): Promise<Coarse> => {
      const asked = client.GET("/api/v1/volumes/{volume_id}/index", {
        params: { path: { volume_id: volumeId } },
        signal,
      });
      const index = parseSlabIndex(await answer(asked));
      const [nx, ny, nz] = index.coarse.shape;
      return { index, voxels: await fetchVoxels(index.coarse.url, nx * ny * nz) };
    },
  });
}

/** The spine from the side and from the front; the centres on it can be dragged, or moved with the arrow keys. */
export function CentrePictures({ volumeId, ...marks }: Props) {
  const query = useCoarse(volumeId);
  if (query.isError) {
    return (
      <Alert color="amber" variant="light">
        {t("The pictures could not be loaded; levels can be renamed and removed below all the same.")}
      </Alert>
    );
  }
  if (query.data === undefined) return <Skeleton height={300} />;
  return (
    <Group align="flex-start" gap="md" wrap="nowrap" justify="center" data-testid="centre-pictures">
      {VIEWS.map((view) => (
        <CentrePicture key={view} view={view} coarse={query.data} {...marks} />
      ))}
    </Group>
  );
}

interface PictureProps extends Omit<Props, "volumeId"> {
  readonly view: View;
  readonly coarse: Coarse;
}

function CentrePicture({ view, coarse, rows, movable, onMove, onRename, onRemove }: PictureProps) {
  const { index, voxels } = coarse;
  const { shape } = index;
  const spacing = useMemo(() => new VolumeGeometry(shape, index.affineRasMm).spacingMm, [shape, index]);
  // The slab stays as it was at first: a picture that changed under the pointer could not be aimed at.
  const [first] = useState(() => rows.map((row): Vec3 => row.voxel));
  const picture = useMemo(() => {
    const factor = index.coarse.factor;
    const small = first.map(([i, j, k]): Vec3 => [i / factor[0], j / factor[1], k / factor[2]]);
    const wide: Vec3 = [spacing[0] * factor[0], spacing[1] * factor[1], spacing[2] * factor[2]];
    return project(voxels, index.coarse.shape, view, slabRound(view, small, index.coarse.shape, wide, MARGIN_MM));
  }, [voxels, index, first, spacing, view]);
  const [width, height] = sizeMm(view, shape, spacing);
  const [held, setHeld] = useState<string | null>(null);

  const drag = (row: Row) => (event: PointerEvent<SVGGElement>) => {
    if (held !== row.key) return;
    const box = event.currentTarget.ownerSVGElement?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return;
    const place = [
      ((event.clientX - box.left) / box.width) * width,
      ((event.clientY - box.top) / box.height) * height,
    ] as const;
    onMove(row.key, fromView(view, place, row.voxel, shape, spacing));
  };
  const edit = (row: Row) => (event: KeyboardEvent) => {
    if (event.key === "+" || event.key === "-") onRename(row.key, event.key === "+" ? 1 : -1);
    else if (event.key === "Delete") onRemove(row.key);
    else return nudge(row, event);
    event.preventDefault();
  };
  const nudge = (row: Row, event: KeyboardEvent) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (step === undefined || !movable) return;
    event.preventDefault();
    const [x, y] = toView(view, row.voxel, shape, spacing);
    onMove(row.key, fromView(view, [x + (step[0] ?? 0), y + (step[1] ?? 0)], row.voxel, shape, spacing));
  };

  return (
    <figure className={styles["picture"]}>
      <div className={styles["frame"]} style={{ aspectRatio: `${width} / ${height}` }}>
        <Painted picture={picture} />
        <svg
          viewBox={`0 0 ${width} ${height}`}
          className={styles["marks"]}
          role="group"
          aria-label={t("Centres {{view}}", { view: inSentence(NAMES[view]) })}
        >
          {rows.map((row) => {
            const [x, y] = toView(view, row.voxel, shape, spacing);
            return (
              <g
                key={row.key}
                className={styles["mark"]}
                data-movable={movable || undefined}
                data-held={held === row.key || undefined}
                data-testid={`${view}-${nameOf(row.label)}`}
                role="button"
                tabIndex={0}
                aria-label={t(
                  "{{label}} {{view}}: drag it or move it by a millimetre with the arrow keys, plus and minus rename it, Delete removes it",
                  { label: nameOf(row.label), view: inSentence(NAMES[view]) },
                )}
                onPointerDown={(event) => {
                  if (!movable) return;
                  event.currentTarget.setPointerCapture(event.pointerId);
                  setHeld(row.key);
                }}
                onPointerMove={drag(row)}
                onPointerUp={() => setHeld(null)}
                onPointerCancel={() => setHeld(null)}
                onKeyDown={edit(row)}
              >
                <circle cx={x} cy={y} r={3 * DOT_MM} className={styles["grip"]} />
                <circle cx={x} cy={y} r={DOT_MM} className={row.was === null ? styles["new"] : styles["dot"]} />
                <text x={x + 2 * DOT_MM} y={y + DOT_MM} fontSize={3 * DOT_MM}>
                  {nameOf(row.label)}
                </text>
              </g>
            );
          })}
        </svg>
      </div>
      <Text component="figcaption" size="xs" c="dimmed" ta="center">
        {NAMES[view]}
      </Text>
    </figure>
  );
}

function Painted({ picture }: { readonly picture: Picture }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(picture.columns, picture.rows);
    picture.hu.forEach((hu, at) => {
      const grey = (255 * (hu - DARK)) / (BRIGHT - DARK);
      image.data.set([grey, grey, grey, 255], 4 * at);
    });
    context.putImageData(image, 0, 0);
  }, [picture]);
  return <canvas ref={canvas} width={picture.columns} height={picture.rows} className={styles["canvas"]} aria-hidden />;
}
