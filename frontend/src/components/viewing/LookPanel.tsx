import { Divider, Group, SegmentedControl, Select, Stack, Switch, Text, Title } from "@mantine/core";
import { t } from "@/i18n";
import { ChangesTable } from "@/components/workstation/ChangesTable";
import { DisplayFields } from "@/components/workstation/DisplayFields";
import { SpotWalk } from "@/components/workstation/SpotWalk";
import type { Spots } from "@/components/workstation/useComparing";
import styles from "@/components/workstation/workstation.module.css";
import { nameOf } from "@/domain/labels";
import type { LookAt, LookMask } from "@/state/looking";
import type { Viewer } from "@/viewer";
import { LookRulers } from "./LookRulers";
import type { HeldAgainst } from "./useHeldAgainst";
import type { PageState } from "@/components/workstation/useViewerState";

interface Props {
  readonly what: LookAt;
  readonly shown: LookMask | undefined;
  readonly viewer: Viewer;
  readonly state: PageState;
  readonly spots: Spots;
  readonly held: HeldAgainst;
  readonly onVersion: (id: string) => void;
  readonly onAgainst: (id: string | undefined) => void;
}

/** Which mask is shown, what it is held against, where raters differ, and how it is drawn. */
export function LookPanel({ what, shown, viewer, state, spots, held, onVersion, onAgainst }: Props) {
  const options = what.masks.map(({ id, title }) => ({ value: id, label: title }));
  return (
    <aside className={styles["side"]} aria-label={t("Masks")}>
      {/* A scrolling panel has to be reached by the keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles["sidePanel"]} tabIndex={0} role="group" aria-label={t("Masks and display")}>
        <Stack gap="md">
          {shown === undefined ? (
            <Text size="sm" c="dimmed">
              {t("The CT is shown without a mask.")}
            </Text>
          ) : (
            <Select
              label={t("Mask")}
              size="xs"
              allowDeselect={false}
              data={options}
              value={shown.id}
              onChange={(id) => id !== null && onVersion(id)}
              data-testid="look-version"
            />
          )}
          {shown !== undefined && what.masks.length > 1 && (
            <>
              <Select
                label={t("Compare it with")}
                size="xs"
                clearable
                placeholder={t("No other mask")}
                data={options.filter(({ value }) => value !== shown.id)}
                value={held.other?.id ?? null}
                onChange={(id) => onAgainst(id ?? undefined)}
                data-testid="look-against"
              />
              {held.other !== undefined && (
                <Differences held={held} viewer={viewer} state={state} before={held.other} after={shown} />
              )}
            </>
          )}
          {what.spots.length > 0 && (
            <>
              <Divider />
              <Title order={2} fz="sm">
                {t("Where the raters differ")}
              </Title>
              <SpotWalk walk={spots} />
            </>
          )}
          {what.rulers.length > 0 && (
            <>
              <Divider />
              <LookRulers viewer={viewer} rulers={what.rulers} />
            </>
          )}
          <Divider />
          <DisplayFields ownWindows={null} viewer={viewer} state={state} doubt={null} />
        </Stack>
      </div>
    </aside>
  );
}

interface DifferencesProps {
  readonly held: HeldAgainst;
  readonly viewer: Viewer;
  readonly state: PageState;
  readonly before: LookMask;
  readonly after: LookMask;
}

function Differences({ held, viewer, state, before, after }: DifferencesProps) {
  const [sx, sy, sz] = viewer.geometry.spacingMm;
  return (
    <Stack gap="xs" data-testid="look-differences">
      <Group justify="space-between">
        <SegmentedControl
          size="xs"
          value={held.everyLevel ? "all" : "one"}
          onChange={(value) => held.setEveryLevel(value === "all")}
          data={[
            { value: "all", label: t("All levels") },
            {
              value: "one",
              label: state.activeLabel > 0 ? nameOf(state.activeLabel) : t("One"),
              disabled: state.activeLabel === 0,
            },
          ]}
          aria-label={t("Of which levels")}
        />
        <Switch
          size="xs"
          label={t("Side by side")}
          checked={held.sideBySide}
          onChange={held.toggleSideBySide}
          data-testid="side-by-side"
        />
      </Group>
      {held.changes === null ? (
        <Text size="xs" c="dimmed" role="status">
          {t("Loading the other mask")}
        </Text>
      ) : (
        <>
          <Text size="xs" c="dimmed">
            {t("Green: only in “{{title}}”. Red: only in “{{title2}}”. Violet: renamed.", {
              title: after.title,
              title2: before.title,
            })}
          </Text>
          <ChangesTable changes={held.changes} voxelMm3={sx * sy * sz} />
        </>
      )}
    </Stack>
  );
}
