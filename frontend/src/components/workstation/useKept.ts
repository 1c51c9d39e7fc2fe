import { useEffect, useState, type Dispatch, type SetStateAction } from "react";

type Kept<V> = Readonly<Record<string, V>>;

function readKept<V>(key: string, isValue: (value: unknown) => value is V): Kept<V> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
    if (typeof kept !== "object" || kept === null) return {};
    return Object.fromEntries(Object.entries(kept).filter((entry): entry is [string, V] => isValue(entry[1])));
  } catch {
    return {}; // not written by us
  }
}

/**
 * What somebody has begun and not sent, by name: kept in this browser as it is typed, and there again after the tab
 * was closed. An empty record leaves nothing behind.
 *
 * @param isValue what of the kept is believed
 */
export function useKept<V>(
  key: string,
  isValue: (value: unknown) => value is V,
): [Kept<V>, Dispatch<SetStateAction<Kept<V>>>] {
  const [values, setValues] = useState(() => readKept(key, isValue));
  useEffect(() => {
    if (Object.keys(values).length === 0) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(values));
  }, [key, values]);
  return [values, setValues];
}
