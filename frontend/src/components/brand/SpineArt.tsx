const LEVELS = 13;

interface Body {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
}

/** A sagittal thoracolumbar curve: kyphosis above, lordosis below, bodies growing towards the sacrum. */
function bodies(): Body[] {
  return Array.from({ length: LEVELS }, (_, index) => {
    const t = index / (LEVELS - 1);
    const x = 210 + 46 * Math.sin(t * Math.PI * 1.7 + 2.7);
    const slope = 46 * 1.7 * Math.PI * Math.cos(t * Math.PI * 1.7 + 2.7);
    const size = 0.72 + 0.5 * t;
    return {
      x,
      y: 50 + t * 560,
      width: 78 * size,
      height: 31 * size,
      angle: -Math.atan2(slope, 560) * (180 / Math.PI),
    };
  });
}

/** Index of the body that is drawn as fractured. */
const MARKED = 8;

/** The picture beside the sign-in form. */
export function SpineArt() {
  return (
    <svg viewBox="0 0 420 680" width="100%" height="100%" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <defs>
        <pattern id="grid" width="28" height="28" patternUnits="userSpaceOnUse">
          <path d="M28 0H0V28" fill="none" stroke="#ffffff" strokeOpacity="0.05" />
        </pattern>
      </defs>
      <rect width="420" height="680" fill="url(#grid)" />
      {bodies().map(({ x, y, width, height, angle }, index) => {
        const marked = index === MARKED;
        const front = marked ? height * 0.62 : height;
        const half = width / 2;
        const shape = `M${-half} ${-front / 2 + (marked ? 4 : 0)}Q0 ${-height / 2 + 5} ${half} ${-height / 2}L${half} ${height / 2}Q0 ${height / 2 - 5} ${-half} ${front / 2 + (marked ? 4 : 0)}Z`;
        return (
          <g key={index} transform={`translate(${x} ${y}) rotate(${angle})`}>
            <path
              d={shape}
              fill={marked ? "#e8a05c" : "#f3ead8"}
              fillOpacity={marked ? 0.92 : 0.16 + 0.028 * index}
              stroke={marked ? "#e8a05c" : "#f3ead8"}
              strokeOpacity={0.75}
              strokeWidth="1.6"
              strokeLinejoin="round"
            />
            <path
              d={`M${half + 8} -3q16 -6 30 4l20 10`}
              fill="none"
              stroke="#f3ead8"
              strokeOpacity="0.35"
              strokeWidth="6"
              strokeLinecap="round"
            />
          </g>
        );
      })}
    </svg>
  );
}
