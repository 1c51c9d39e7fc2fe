import { Group, Stack, Text, Title } from "@mantine/core";
import { useEffect } from "react";
import { t } from "@/i18n";
import type { Ruler } from "@/api/assignments";
import { rulerTitle } from "@/components/workstation/rulers";
import { rulerShapes } from "@/components/workstation/useRulers";
import styles from "@/components/workstation/workstation.module.css";
import { middleOf, type Vec3 } from "@/domain/geometry";
import { rulerText } from "@/domain/rulers";
import type { Viewer } from "@/viewer";

const LAYER = "rulers";

interface Props {
  readonly viewer: Viewer;
  readonly rulers: readonly Ruler[];
}

/** Distances and angles that were drawn on the case: over the planes, and a list to go to each. */
export function LookRulers({ viewer, rulers }: Props) {
  useEffect(() => {
    viewer.setAnnotations(LAYER, rulerShapes(rulers, false));
    return () => viewer.setAnnotations(LAYER, []);
  }, [viewer, rulers]);
  return (
    <Stack gap={6} data-testid="look-rulers">
      <Title order={2} fz="sm">
        {t("Distances and angles")}
      </Title>
      {rulers.map((ruler) => (
        <button
          key={ruler.id}
          type="button"
          className={styles["rowItem"]}
          onClick={() => viewer.jumpTo(middleOf(ruler.points_ras_mm as readonly Vec3[]))}
        >
          <Group gap={8} justify="space-between" wrap="nowrap">
            <Text size="sm">{rulerTitle(ruler)}</Text>
            <Text size="sm" className="tabular" style={{ whiteSpace: "nowrap" }}>
              {rulerText(ruler.kind, ruler.value)}
            </Text>
          </Group>
        </button>
      ))}
    </Stack>
  );
}
