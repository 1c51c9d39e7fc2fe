import { Button, Group, ScrollArea } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useRef } from "react";
import { t } from "@/i18n";
import type { Course } from "@/api/types";
import { notifyFailure } from "@/components/common/notify";
import { ReportCard } from "@/components/reports/ReportCard";
import { saveFile } from "@/components/reports/save";
import { type Arrow, type Box, flowDrawing, flowText, LINE, PADDING } from "./flowBoxes";

const PNG_SCALE = 3; // 300 dots per inch at the width of a page
const INK = "#1a1a1a";

/** The flow chart of the data set, as a paper's figure, to be taken as SVG or PNG. */
export function FlowCard({ flow }: Pick<Course, "flow">) {
  const drawing = useRef<SVGSVGElement>(null);
  const save = (format: "svg" | "png") => {
    const svg = drawing.current;
    if (svg === null) return;
    const content = format === "svg" ? Promise.resolve(svgBlob(svg)) : pngBlob(svg);
    content.then(
      (blob) => saveFile(`flow.${format}`, blob),
      (error: unknown) => notifyFailure(error, t("The picture could not be made")),
    );
  };
  return (
    <ReportCard
      title={t("Flow chart of the data set")}
      note={t("Series, from what came in to what is in. One series can fail several rules.")}
      testId="flow"
    >
      <ScrollArea type="auto" offsetScrollbars="x" viewportProps={{ tabIndex: 0 }}>
        <Drawing flow={flow} ref={drawing} />
      </ScrollArea>
      <Group gap="xs" mt="md">
        {(["svg", "png"] as const).map((format) => (
          <Button
            key={format}
            variant="default"
            size="xs"
            leftSection={<IconDownload size={14} />}
            onClick={() => save(format)}
          >
            {format.toUpperCase()}
          </Button>
        ))}
      </Group>
    </ReportCard>
  );
}

/** Black on white whatever the page's colours: it goes into a paper. */
function Drawing({ flow, ref }: Pick<Course, "flow"> & { readonly ref: React.Ref<SVGSVGElement> }) {
  const { width, height, boxes, arrows } = flowDrawing(flow);
  return (
    <svg
      ref={ref}
      xmlns="http://www.w3.org/2000/svg"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={flowText(flow)}
      fontFamily="Helvetica, Arial, sans-serif"
      fontSize={14}
    >
      <rect width={width} height={height} fill="#ffffff" />
      {arrows.map((arrow) => (
        <Line key={`${arrow.from.join()}-${arrow.to.join()}`} arrow={arrow} boxes={boxes} />
      ))}
      {boxes.map(({ key, x, y, width: wide, height: high, lines }) => (
        <g key={key}>
          <rect x={x} y={y} width={wide} height={high} fill="#ffffff" stroke={INK} />
          {lines.map((line, place) => (
            <text
              key={line}
              x={x + PADDING + (line.startsWith(" ") ? 12 : 0)}
              y={y + PADDING + (place + 0.75) * LINE}
              fill={INK}
            >
              {line.trim()}
            </text>
          ))}
        </g>
      ))}
    </svg>
  );
}

/** A line; with a head where it ends at a box. */
function Line({ arrow, boxes }: { readonly arrow: Arrow; readonly boxes: readonly Box[] }) {
  const [x1, y1] = arrow.from;
  const [x2, y2] = arrow.to;
  const atBox = boxes.some(
    ({ x, y, width, height }) => (x2 === x && y2 > y && y2 < y + height) || (y2 === y && x2 > x && x2 < x + width),
  );
  const head = x1 === x2 ? `${x2 - 4},${y2 - 8} ${x2 + 4},${y2 - 8}` : `${x2 - 8},${y2 - 4} ${x2 - 8},${y2 + 4}`;
  return (
    <>
      <line x1={x1} y1={y1} x2={x2} y2={y2} stroke={INK} />
      {atBox && <polygon points={`${x2},${y2} ${head}`} fill={INK} />}
    </>
  );
}

function svgBlob(svg: SVGSVGElement): Blob {
  return new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" });
}

async function pngBlob(svg: SVGSVGElement): Promise<Blob> {
  const address = URL.createObjectURL(svgBlob(svg));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = svg.width.baseVal.value * PNG_SCALE;
    canvas.height = svg.height.baseVal.value * PNG_SCALE;
    const context = canvas.getContext("2d");
    if (context === null) throw new Error(t("This browser draws no pictures."));
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob(
        (blob) => (blob === null ? reject(new Error(t("No picture was made."))) : resolve(blob)),
        "image/png",
      ),
    );
  } finally {
    URL.revokeObjectURL(address);
  }
}
