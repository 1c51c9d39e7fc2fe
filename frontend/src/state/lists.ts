import type { Page } from "@/api/types";

/** As many rows as the server gives at once, for lists that are not paged on their page. */
export const ALL_ROWS = { page_size: 500 } as const;

export interface ListQuery {
  page?: number;
  page_size?: number;
}

export async function rowsOf<T>(page: Promise<Page<T>>): Promise<T[]> {
  return (await page).results;
}
