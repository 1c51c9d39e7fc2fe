import { ActionIcon, Button, Popover, SimpleGrid, Text, Tooltip } from "@mantine/core";
import { IconEye, IconEyeOff, IconLock, IconLockOpen, IconLockPlus, IconPlus, type Icon } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { decimal, t } from "@/i18n";
import { ANATOMICAL_ORDER, cssColourOf, nameOf } from "@/domain/labels";
import type { LockState } from "@/domain/paintRule";
import { formatNumber } from "@/state/format";
import type { Viewer } from "@/viewer";
import { GradeMark, type GradesShown } from "./GradeMark";
import { LevelMenu, type MenuPlace } from "./LevelMenu";
import { toolForEmptyLevel } from "./refinement";
import styles from "./workstation.module.css";
import type { PageState } from "./useViewerState";

const LOCKS: Readonly<Record<LockState, { icon: Icon; label: string; next: LockState }>> = {
  auto: { icon: IconLockPlus, label: t("Locked unless it is chosen"), next: "open" },
  open: { icon: IconLockOpen, label: t("Open: other vertebrae may take its voxels"), next: "locked" },
  locked: { icon: IconLock, label: t("Locked always"), next: "auto" },
};

interface Props {
  readonly viewer: Viewer;
  readonly state: PageState;
  readonly labels: readonly number[];
  /** Null where nobody grades. */
  readonly grades: GradesShown | null;
}

function millilitres(voxels: number, voxelMm3: number): string {
  const ml = (voxels * voxelMm3) / 1000;
  return t("{{ml}} ml", { ml: ml < 10 ? decimal(ml.toFixed(1)) : Math.round(ml) });
}

export function VertebraList({ viewer, state, labels, grades }: Props) {
  const [adding, setAdding] = useState(false);
  const [menu, setMenu] = useState<MenuPlace | null>(null);
  const summaries = new Map(state.levels.map((level) => [level.label, level]));
  const [sx, sy, sz] = viewer.geometry.spacingMm;
  const absent = ANATOMICAL_ORDER.filter(({ label }) => !labels.includes(label));
  return (
    <nav className={styles["list"]} aria-label={t("Vertebrae")}>
      <div className={styles["listHead"]}>
        <Text size="sm" fw={600}>
          {t("Vertebrae")}
        </Text>
        {state.canEdit && (
          <Popover
            position="bottom-start"
            shadow="md"
            opened={adding}
            onChange={setAdding}
            // It lies over the pictures: while it faded, the next click took another level of it.
            transitionProps={{ duration: 0 }}
            trapFocus
            returnFocus
          >
            <Popover.Target>
              <ActionIcon
                size={24}
                variant="subtle"
                color="gray"
                aria-label={t("Add a level")}
                onClick={() => setAdding(!adding)}
                data-testid="add-level"
              >
                <IconPlus size={16} />
              </ActionIcon>
            </Popover.Target>
            <Popover.Dropdown aria-label={t("Levels that the mask does not have")}>
              <Text size="xs" c="dimmed" mb={6}>
                {t("A level that is missing: draw it, or click into its body with Refine by clicks")}
              </Text>
              <SimpleGrid cols={5} spacing={4} verticalSpacing={4}>
                {absent.map(({ label, name }) => (
                  <Button
                    key={label}
                    size="compact-xs"
                    variant="default"
                    onClick={() => {
                      setAdding(false);
                      viewer.setActiveLabel(label);
                      viewer.hand.setTool(toolForEmptyLevel(state.tool));
                    }}
                  >
                    {name}
                  </Button>
                ))}
              </SimpleGrid>
            </Popover.Dropdown>
          </Popover>
        )}
      </div>
      <ul className={styles["levels"]} data-testid="vertebra-list">
        {labels.map((label) => {
          const summary = summaries.get(label);
          const lock = LOCKS[state.locks.get(label) ?? "auto"];
          const hidden = state.hidden.has(label);
          return (
            <LevelRow
              key={label}
              active={label === state.activeLabel}
              onMenu={(x, y) => {
                viewer.setActiveLabel(label);
                setMenu({ label, x, y });
              }}
            >
              <button
                type="button"
                className={styles["levelButton"]}
                aria-current={label === state.activeLabel}
                data-testid={`level-${nameOf(label)}`}
                onClick={() => viewer.goToLevel(label)}
                onDoubleClick={() => viewer.zoomToLevel(label)}
              >
                <span
                  className={styles["swatch"]}
                  data-empty={!summary}
                  style={{ background: cssColourOf(label), color: cssColourOf(label) }}
                  aria-hidden
                />
                <span className={styles["levelName"]}>{nameOf(label)}</span>
                <span
                  className={styles["levelVolume"]}
                  title={t("{{voxels}} voxels", { voxels: formatNumber(summary?.voxels ?? 0) })}
                >
                  {summary ? millilitres(summary.voxels, sx * sy * sz) : t("no mask")}
                </span>
                {grades?.gradable.has(label) ? <GradeMark label={label} grades={grades} /> : <span />}
              </button>
              {state.canEdit && (
                <Tooltip label={t("{{label}}. Click to change.", { label: lock.label })}>
                  <ActionIcon
                    size={24}
                    variant="transparent"
                    color={lock.next === "auto" ? "amber" : "gray"}
                    aria-label={`${nameOf(label)}: ${lock.label}`}
                    onClick={() => viewer.setLock(label, lock.next)}
                  >
                    <lock.icon size={14} />
                  </ActionIcon>
                </Tooltip>
              )}
              <Tooltip label={hidden ? t("Show its mask") : t("Hide its mask")}>
                <ActionIcon
                  size={24}
                  variant="transparent"
                  color="gray"
                  aria-label={t("{{hidden}} the mask of {{label}}", {
                    hidden: hidden ? t("Show") : t("Hide"),
                    label: nameOf(label),
                  })}
                  aria-pressed={hidden}
                  onClick={() => viewer.setLabelVisible(label, hidden)}
                >
                  {hidden ? <IconEyeOff size={14} /> : <IconEye size={14} />}
                </ActionIcon>
              </Tooltip>
            </LevelRow>
          );
        })}
        {labels.length === 0 && (
          <li>
            <Text size="sm" c="dimmed" p="xs">
              {state.canEdit
                ? t("The mask is empty. Add the first level with the plus sign and paint it.")
                : t("There is no vertebra in the mask.")}
            </Text>
          </li>
        )}
      </ul>
      <LevelMenu viewer={viewer} state={state} place={menu} onClose={() => setMenu(null)} />
    </nav>
  );
}

interface RowProps {
  readonly active: boolean;
  /** The menu was asked for there: with the right button, or with the keyboard's menu key. */
  readonly onMenu: (x: number, y: number) => void;
  readonly children: React.ReactNode;
}

function LevelRow({ active, onMenu, children }: RowProps) {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (active) row.current?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <li
      ref={row}
      className={styles["level"]}
      data-active={active}
      onContextMenu={(event) => {
        event.preventDefault();
        onMenu(event.clientX, event.clientY);
      }}
    >
      {children}
    </li>
  );
}
