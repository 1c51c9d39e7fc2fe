/** Four vertebrae on a curve; the amber one is the one somebody looks at. */
export function Logo({ size = 28 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#0f4c55" />
      <g fill="none" strokeLinecap="round" strokeWidth="4.2" stroke="#f3ead8">
        <path d="M9.5 7.5q6 1.6 11 .2" />
        <path d="M11.5 14.2q5.5 1.3 10.5 0" />
        <path d="M11.5 20.8q5.5-.2 10.2-2" stroke="#e8a05c" />
        <path d="M9.5 27.1q5.500-.8 10-3.2" />
      </g>
    </svg>
  );
}
