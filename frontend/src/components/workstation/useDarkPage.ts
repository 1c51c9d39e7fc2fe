import { useEffect } from "react";

const SCHEME = "data-mantine-color-scheme";

/** The reading room is dark, whatever the rest of the site is set to, also when the computer turns light meanwhile. */
export function useDarkPage(): void {
  useEffect(() => {
    const root = document.documentElement;
    let outside = root.getAttribute(SCHEME);
    const watch = new MutationObserver(() => {
      outside = root.getAttribute(SCHEME);
      darken();
    });
    const darken = () => {
      root.setAttribute(SCHEME, "dark");
      watch.takeRecords(); // our own change says nothing of what is wanted outside
    };
    watch.observe(root, { attributes: true, attributeFilter: [SCHEME] });
    darken();
    return () => {
      watch.disconnect();
      if (outside !== null) root.setAttribute(SCHEME, outside);
    };
  }, []);
}
