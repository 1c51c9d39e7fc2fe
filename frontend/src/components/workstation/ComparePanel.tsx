import { Button, Collapse, Group, Loader, Select, Stack, Switch, Text, Tooltip } from "@mantine/core";
import { useState } from "react";
import { inSentence, t } from "@/i18n";
import { ChangesTable } from "./ChangesTable";
import { nameOf } from "@/domain/labels";
import { SpotWalk } from "./SpotWalk";
import { colourOfSource, OWN, sourceName, type Comparing } from "./useComparing";
import styles from "./workstation.module.css";

interface Props {
  readonly comparing: Comparing;
  readonly activeLabel: number;
  /** mm3 of one voxel. */
  readonly voxelMm3: number;
}

/** The same within a sentence: "rater A". */
export function sourceInText(key: string): string {
  return inSentence(sourceName(key));
}

/** Ways of looking at the raters' masks: spot after spot, outlines, entropy, side by side, and changes. */
export function ComparePanel({ comparing, activeLabel, voxelMm3 }: Props) {
  return (
    <Stack gap="xs" className={styles["rowItem"] ?? ""} data-testid="compare-panel">
      <SpotWalk walk={comparing} />
      <Group gap={6} aria-label={t("Outlines")} role="group">
        {comparing.keys.map((key) => (
          <Tooltip
            key={key}
            label={t("Outline of {{key}}", {
              key: key === "fused" ? t("the fused mask") : t("rater {{key}}", { key }),
            })}
          >
            <Button
              size="compact-xs"
              variant={comparing.shown.has(key) ? "filled" : "default"}
              color="petrol"
              aria-pressed={comparing.shown.has(key)}
              onClick={() => comparing.toggle(key)}
              style={{ opacity: comparing.alike.has(key) ? 0.55 : 1 }}
              title={comparing.alike.has(key) ? t("Draws here what the mask in work has") : undefined}
              leftSection={<span className={styles["planeDot"]} style={{ background: colourOfSource(key) }} />}
              data-testid={`outline-${key}`}
            >
              {key === "fused" ? t("Fused") : key}
            </Button>
          </Tooltip>
        ))}
        {/* Its place is always there: what stands below must not move away from under the mouse. */}
        <span role="status">
          <Loader size={12} style={{ visibility: comparing.loading ? "visible" : "hidden" }} />
          {comparing.loading && <span className="visually-hidden">{t("Loading masks")}</span>}
        </span>
      </Group>
      {comparing.spots.length > 0 && (
        <Tooltip
          label={t("At a spot, only outlines of those who differ there from the mask in work, on that vertebra")}
        >
          <Switch
            size="xs"
            label={t("Only those who differ here")}
            checked={comparing.onlyThere}
            onChange={(event) => comparing.setOnlyThere(event.currentTarget.checked)}
            data-testid="only-there"
          />
        </Tooltip>
      )}
      <Group gap="md">
        <Tooltip label={t("Where the votes are divided: yellow a little, red evenly")}>
          <Switch
            size="xs"
            label={t("Entropy")}
            checked={comparing.heat}
            onChange={comparing.toggleHeat}
            data-testid="entropy"
          />
        </Tooltip>
        <Tooltip label={t("Each rater's mask in a picture of its own; they move together")}>
          <Switch
            size="xs"
            label={t("Side by side")}
            checked={comparing.sideBySide}
            onChange={comparing.toggleSideBySide}
            data-testid="side-by-side"
          />
        </Tooltip>
      </Group>
      <Changes comparing={comparing} activeLabel={activeLabel} voxelMm3={voxelMm3} />
    </Stack>
  );
}

function Changes({ comparing, activeLabel, voxelMm3 }: Props) {
  const [opened, setOpened] = useState(false);
  const [from, setFrom] = useState("fused");
  const [to, setTo] = useState(OWN);
  const versions = [...comparing.keys, OWN].map((key) => ({ value: key, label: sourceName(key) }));
  const ready = comparing.maskOf(from) !== undefined && comparing.maskOf(to) !== undefined;
  const { changes } = comparing;
  const toggle = (): void => {
    if (opened) comparing.hideChanges();
    else comparing.preview(null); // the masks are loaded from now on
    setOpened(!opened);
  };
  return (
    <>
      <Button size="compact-xs" variant="subtle" onClick={toggle} aria-expanded={opened} data-testid="changes">
        {opened ? t("Hide what changed") : t("What changed between two masks")}
      </Button>
      <Collapse expanded={opened}>
        <Stack gap={6}>
          <Group grow gap={6}>
            <Select
              size="xs"
              label={t("From")}
              allowDeselect={false}
              data={versions}
              value={from}
              onChange={(value) => value && setFrom(value)}
            />
            <Select
              size="xs"
              label={t("To")}
              allowDeselect={false}
              data={versions}
              value={to}
              onChange={(value) => value && setTo(value)}
            />
          </Group>
          <Group gap={6}>
            <Button
              size="compact-xs"
              variant="light"
              disabled={!ready || activeLabel === 0}
              onClick={() => comparing.showChanges(from, to, activeLabel)}
              data-testid="show-changes"
            >
              {activeLabel > 0 ? t("Show on {{activeLabel}}", { activeLabel: nameOf(activeLabel) }) : t("Show")}
            </Button>
            <Button
              size="compact-xs"
              variant="default"
              disabled={!ready}
              onClick={() => comparing.showChanges(from, to, null)}
            >
              {t("On all levels")}
            </Button>
          </Group>
          {changes !== null && (
            <>
              <Text size="xs" c="dimmed">
                {t("Green: only in {{to}}. Red: only in {{from}}. Violet: renamed.", {
                  to: sourceInText(changes.to),
                  from: sourceInText(changes.from),
                })}
              </Text>
              <ChangesTable changes={changes} voxelMm3={voxelMm3} />
            </>
          )}
        </Stack>
      </Collapse>
    </>
  );
}
