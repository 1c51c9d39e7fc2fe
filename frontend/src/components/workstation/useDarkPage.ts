import { useEffect } from "react";

/** The reading room is dark, whatever the rest of the site is set to. */
export function useDarkPage(): void {
  useEffect(() => {
    const root = document.documentElement;
    const before = root.getAttribute("data-mantine-color-scheme");
    root.setAttribute("data-mantine-color-scheme", "dark");
    return () => {
      if (before !== null) root.setAttribute("data-mantine-color-scheme", before);
    };
  }, []);
}
