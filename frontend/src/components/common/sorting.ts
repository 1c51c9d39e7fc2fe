/** A table's sort status from the API's ordering ("-created_at"). */
export function sortStatus(ordering: string | undefined, fallback: string) {
  const value = ordering ?? fallback;
  return {
    columnAccessor: value.replace(/^-/, ""),
    direction: value.startsWith("-") ? ("desc" as const) : ("asc" as const),
  };
}
