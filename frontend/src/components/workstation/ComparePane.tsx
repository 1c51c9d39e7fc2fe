import { Select } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { t } from "@/i18n";
import { messageOf } from "@/api/errors";
import type { PaneMask, Viewer } from "@/viewer";
import styles from "./viewing.module.css";
import shared from "./workstation.module.css";

const COMPARE_PANE = "compare";

/** A mask that the second pane can show. */
export interface CompareSource {
  readonly key: string;
  readonly title: string;
  readonly load: () => Promise<Uint8Array>;
}

interface Props {
  readonly viewer: Viewer;
  readonly sources: readonly CompareSource[];
  /** What the mask of the planes is called. */
  readonly ownTitle: string;
}

const PLAIN: Readonly<Record<string, PaneMask>> = { none: { kind: "none" }, own: { kind: "own" } };

/** A second sagittal pane whose camera stays with the first; its mask is chosen here. */
export function ComparePane({ viewer, sources, ownTitle }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const [chosen, setChosen] = useState<string>(sources[0]?.key ?? "none");
  const [problem, setProblem] = useState<string | null>(null);
  const [isReady, setReady] = useState(false);

  useEffect(() => {
    if (!element.current) return undefined;
    let over = false;
    viewer.addPane(COMPARE_PANE, "sagittal", element.current, { kind: "none" }).then(
      () => {
        if (!over) setReady(true);
      },
      (error: unknown) => {
        if (!over) setProblem(messageOf(error));
      },
    );
    return () => {
      over = true;
      setReady(false);
      viewer.removePane(COMPARE_PANE);
    };
  }, [viewer]);

  useEffect(() => {
    if (!isReady) return undefined;
    let over = false;
    const plain = PLAIN[chosen];
    const source = sources.find(({ key }) => key === chosen);
    if (plain) viewer.setPaneMask(COMPARE_PANE, plain);
    else
      source?.load().then(
        (mask) => {
          if (!over) viewer.setPaneMask(COMPARE_PANE, { kind: "mask", mask });
        },
        (error: unknown) => {
          if (!over) setProblem(messageOf(error));
        },
      );
    return () => {
      over = true;
    };
  }, [viewer, isReady, chosen, sources]);

  return (
    <>
      <div
        ref={element}
        className={shared["surface"]}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        role="application"
        aria-label={t("Second sagittal picture: wheel or arrow keys change the slice")}
        data-testid="pane-compare"
        data-ready={isReady}
      />
      <div className={styles["compareHead"]}>
        <Select
          size="xs"
          w={168}
          aria-label={t("What the second pane shows")}
          data-testid="compare-source"
          allowDeselect={false}
          value={chosen}
          onChange={(value) => {
            setProblem(null);
            setChosen(value ?? "none");
          }}
          data={[
            { value: "none", label: t("CT only") },
            { value: "own", label: ownTitle },
            ...sources.map(({ key, title }) => ({ value: key, label: title })),
          ]}
        />
        {problem && <span role="alert">{problem}</span>}
      </div>
    </>
  );
}
