import { ActionIcon, Alert, Group, Skeleton, Slider, Stack, Text, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconArrowsDiagonal, IconArrowsDiagonalMinimize2 } from "@tabler/icons-react";
import { createPortal } from "react-dom";
import { decimal, t } from "@/i18n";
import type { Viewer } from "@/viewer";
import { CropView } from "./CropView";
import { boneText, flagsText, heightRows, suggestionText } from "./measuredText";
import type { Measured as MeasuredNow, ShownMeasurement } from "./useMeasured";
import type { LargePicture } from "./useLargePicture";
import { useMeasureOverlay } from "./useMeasureOverlay";
import styles from "./workstation.module.css";

interface Props {
  readonly viewer: Viewer;
  readonly measured: MeasuredNow;
  readonly picture: LargePicture;
  readonly readOnly: boolean;
}

/** The vertebra in hand: its sagittal picture, its heights, and what they suggest once the reader has answered. */
export function Measured({ viewer, measured, picture, readOnly }: Props) {
  useMeasureOverlay(viewer, measured, !readOnly);
  const { data, state } = measured;
  if (state === "none") return null;
  if (state === "failed")
    return (
      <Text size="xs" c="dimmed">
        {t("The heights cannot be shown just now.")}
      </Text>
    );
  if (data === undefined) return <Skeleton h={208} aria-label={t("Measuring")} />;
  const suggestion = data.own_lines ? data.own_lines.suggestion : data.suggestion;
  return (
    <div className={styles["rowItem"]} style={{ opacity: measured.stale ? 0.6 : 1 }} data-testid="measured">
      <div className={styles["cropRow"]} data-large={picture.isLarge}>
        <Picture viewer={viewer} measured={measured} picture={picture} readOnly={readOnly} />
        <Stack gap={6} className={styles["cropFacts"] ?? ""}>
          <Heights data={data} onReset={readOnly ? null : measured.resetLines} />
          <Bone data={data} measured={measured} readOnly={readOnly} />
        </Stack>
      </div>
      {data.flags.length > 0 && (
        <Text size="xs" c="amber" mt={4}>
          {flagsText(data.flags)}
        </Text>
      )}
      {suggestion ? (
        <Alert color="petrol" p="xs" mt={6} data-testid="suggestion">
          {suggestionText(suggestion)}
          {data.own_lines && t(" By your lines.")}
        </Alert>
      ) : (
        <Text size="xs" c="dimmed" mt={4}>
          {measured.waits
            ? t("Not sent yet. What follows from it is shown once the server has it.")
            : t("What the heights suggest is shown after your answer.")}
        </Text>
      )}
    </div>
  );
}

/** In its place among the answers, or over two thirds of the panes. */
function Picture({ viewer, measured, picture: { isLarge, place, toggle }, readOnly }: Props) {
  if (!measured.data?.axes_ras) return null;
  const crop = <CropView viewer={viewer} measured={measured} movable={!readOnly} />;
  const name = isLarge ? t("Picture small again") : t("Picture large");
  const Icon = isLarge ? IconArrowsDiagonalMinimize2 : IconArrowsDiagonal;
  const button = (
    <Tooltip label={t("{{name}} (key h)", { name })}>
      <ActionIcon
        className={styles["enlarge"] ?? ""}
        size={24}
        variant="subtle"
        color="gray"
        aria-label={name}
        onClick={toggle}
        data-testid="enlarge-picture"
      >
        <Icon size={15} />
      </ActionIcon>
    </Tooltip>
  );
  const framed = (
    <div className={styles["cropFrame"]} data-large={isLarge}>
      {crop}
      {button}
    </div>
  );
  return isLarge && place ? createPortal(framed, place) : framed;
}

function Heights({ data, onReset }: { readonly data: ShownMeasurement; readonly onReset: (() => void) | null }) {
  if (data.heights_held) {
    return (
      <Text size="xs" c="dimmed" data-testid="heights-held">
        {t("The heights are shown after your answer.")}
      </Text>
    );
  }
  if (data.anterior_mm === null) return <Text size="sm">{t("The heights could not be measured.")}</Text>;
  return (
    <div>
      <Group gap={4} justify="space-between" wrap="nowrap">
        <Text size="xs" c="dimmed">
          {data.own_lines ? t("Heights, by your lines") : t("Heights")}
        </Text>
        {data.own_lines && onReset && (
          <Tooltip label={t("Back to the measured lines")}>
            <ActionIcon
              size={20}
              variant="subtle"
              color="gray"
              aria-label={t("Back to the measured lines")}
              onClick={onReset}
            >
              <IconArrowBackUp size={14} />
            </ActionIcon>
          </Tooltip>
        )}
      </Group>
      {heightRows(data).map(({ name, height, note }) => (
        <Tooltip key={name} label={note} disabled={note === ""} position="left">
          <Group gap={6} justify="space-between" wrap="nowrap">
            <Text size="xs" c="dimmed">
              {name}
            </Text>
            <Text size="sm" className="tabular" style={{ whiteSpace: "nowrap" }}>
              {height}
            </Text>
          </Group>
        </Tooltip>
      ))}
      {data.own_lines?.outdated && (
        <Text size="xs" c="amber">
          {t("The mask has changed since you moved them.")}
        </Text>
      )}
    </div>
  );
}

const SCALES = { min: 0.4, max: 1.5, step: 0.1 } as const;

function Bone({
  data,
  measured,
  readOnly,
}: {
  readonly data: ShownMeasurement;
  readonly measured: MeasuredNow;
  readonly readOnly: boolean;
}) {
  if (data.hu_mean === null) return null;
  const own = data.own_region;
  return (
    <div>
      <Group gap={4} justify="space-between" wrap="nowrap">
        <Text size="xs" c="dimmed">
          {own ? t("Bone, your region") : t("Bone")}
        </Text>
        {own && !readOnly && (
          <Tooltip label={t("Back to the measured region")}>
            <ActionIcon
              size={20}
              variant="subtle"
              color="gray"
              aria-label={t("Back to the measured region")}
              onClick={measured.resetRegion}
            >
              <IconArrowBackUp size={14} />
            </ActionIcon>
          </Tooltip>
        )}
      </Group>
      <Text size="sm" className="tabular" data-testid="bone">
        {boneText(data)}
      </Text>
      {!readOnly && (
        <Slider
          key={own?.scale ?? 1}
          size="xs"
          mt={6}
          {...SCALES}
          defaultValue={own?.scale ?? 1}
          label={(value) => t("Region × {{value}}", { value: decimal(value.toFixed(1)) })}
          thumbLabel={t("Size of the region of interest")}
          onChangeEnd={(value) => measured.setRegion({ shift_ras_mm: own?.shift_ras_mm ?? [0, 0, 0], scale: value })}
        />
      )}
    </div>
  );
}
