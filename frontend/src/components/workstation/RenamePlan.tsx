import { Alert, Button, Group, Stack } from "@mantine/core";
import { Fragment, useEffect, useRef } from "react";
import { t } from "@/i18n";
import { compareLabels, cssColourOf, nameOf } from "@/domain/labels";
import type { Viewer } from "@/viewer";
import type { RenamePlan } from "./levelActs";
import styles from "./editing.module.css";
import type { PageState } from "./useViewerState";

interface Props {
  readonly viewer: Viewer;
  readonly state: PageState;
  readonly plan: RenamePlan;
  readonly onDone: () => void;
}

function Level({ label }: { readonly label: number }) {
  if (label === 0) return <span>{t("erased")}</span>;
  return (
    <span>
      <span className={styles["swatch"]} style={{ background: cssColourOf(label) }} aria-hidden />
      {nameOf(label)}
    </span>
  );
}

/** What a renaming would do to every level, before it is done. Locked levels stand in its way. */
export function RenamePlanView({ viewer, state, plan, onDone }: Props) {
  const rows = [...plan.moves].sort(([a], [b]) => compareLabels(a, b));
  const present = new Set(state.levels.map((level) => level.label));
  const locked = [...new Set(rows.flat())].filter((label) => present.has(label) && state.locks.get(label) === "locked");
  const view = useRef<HTMLDivElement>(null);
  // It comes below what was chosen, where the panel may have ended.
  useEffect(() => {
    // Newer browsers answer with a promise, which is no clean-up.
    void view.current?.scrollIntoView({ block: "nearest" });
  }, [plan]);
  return (
    <Stack gap={6} ref={view} data-testid="rename-plan">
      <div className={styles["moves"]}>
        {rows.map(([from, to]) => (
          <Fragment key={from}>
            <Level label={from} />
            <span aria-hidden>→</span>
            <Level label={to} />
            <span />
          </Fragment>
        ))}
      </div>
      {locked.length > 0 && (
        <Alert color="amber" p="xs" data-testid="rename-locked">
          {t("{{locked}} {{locked2}} locked.", {
            locked: locked.map(nameOf).join(", "),
            locked2: locked.length === 1 ? t("is") : t("are"),
          })}
          <Button
            size="compact-xs"
            variant="default"
            ml={8}
            onClick={() => locked.forEach((label) => viewer.setLock(label, "auto"))}
          >
            {t("Unlock")}
          </Button>
        </Alert>
      )}
      <Group gap={6}>
        <Button
          size="xs"
          disabled={locked.length > 0}
          data-autofocus
          data-testid="apply-rename"
          onClick={() => {
            viewer.relabel(plan.moves, plan.name);
            onDone();
          }}
        >
          {rows.length === 1 ? t("Rename 1 level") : t("Rename {{rows}} levels", { rows: rows.length })}
        </Button>
        <Button size="xs" variant="default" onClick={onDone}>
          {t("Cancel")}
        </Button>
      </Group>
    </Stack>
  );
}
