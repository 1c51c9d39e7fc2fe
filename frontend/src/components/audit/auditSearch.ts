/** What the list of acts is searched by, as it stands in the address bar. */
export interface AuditSearch {
  person?: string | undefined;
  verb?: string | undefined;
  case?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  said?: string | undefined;
  seen?: boolean | undefined;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function text(value: unknown): string | undefined {
  const written = typeof value === "number" ? String(value) : value; // the address bar reads "12" as a number
  return typeof written === "string" && written !== "" ? written : undefined;
}

function day(value: unknown): string | undefined {
  return typeof value === "string" && DAY.test(value) ? value : undefined;
}

/** What of an address can be searched by; anything else in it is dropped. */
export function auditSearch(search: Record<string, unknown>): AuditSearch {
  return {
    person: text(search["person"]),
    verb: text(search["verb"]),
    case: text(search["case"]),
    since: day(search["since"]),
    until: day(search["until"]),
    said: text(search["said"]),
    seen: search["seen"] === true || search["seen"] === "true" ? true : undefined,
  };
}

/** The same without what is not said, as the server is asked. */
export function asked(search: AuditSearch) {
  const { person, verb, case: alias, since, until, said, seen } = search;
  return {
    ...(person !== undefined && { person }),
    ...(verb !== undefined && { verb }),
    ...(alias !== undefined && { case: alias }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(said !== undefined && { said }),
    ...(seen === true && { seen }),
  };
}
