import { Text, Tooltip } from "@mantine/core";
import {
  IconArrowsJoin,
  IconBrush,
  IconCpu,
  IconEyeCheck,
  IconGavel,
  IconNumbers,
  type TablerIcon,
} from "@tabler/icons-react";
import { answered, t } from "@/i18n";
import type { ProtocolStage, StageKind } from "@/api/types";
import { duty } from "./staffing";
import classes from "./StageFlow.module.css";

const ICONS: Record<StageKind, TablerIcon> = {
  correct: IconBrush,
  grade: IconNumbers,
  fuse: IconArrowsJoin,
  adjudicate: IconGavel,
  review: IconEyeCheck,
};

/** A protocol's stages from left to right, with how many people take each. */
export function StageFlow({ stages }: { readonly stages: readonly ProtocolStage[] }) {
  return (
    <ol className={classes.flow} aria-label={t("Stages")}>
      <li className={classes.stage}>
        <span className={classes.people}>
          <span className={classes.dot} data-kind="engine">
            <IconCpu size={17} stroke={1.6} />
          </span>
          <span className={classes.arrow} aria-hidden="true" />
        </span>
        <span>
          <Text size="sm" fw={600}>
            {t("Engine")}
          </Text>
          <Text size="xs" c="dimmed">
            {t("mask version 1")}
          </Text>
        </span>
      </li>
      {stages.map((stage, position) => {
        const Icon = ICONS[stage.kind];
        return (
          <Tooltip key={stage.key} label={duty(stage)} multiline maw={260}>
            <li className={classes.stage}>
              <span className={classes.people}>
                {Array.from({ length: Math.min(stage.overlap, 5) }, (_, index) => (
                  <span key={index} className={classes.dot} data-kind={stage.kind}>
                    <Icon size={17} stroke={1.6} />
                  </span>
                ))}
                {position < stages.length - 1 && <span className={classes.arrow} aria-hidden="true" />}
              </span>
              <span>
                <Text size="sm" fw={600}>
                  {answered(stage.title)}
                </Text>
                <Text size="xs" c="dimmed">
                  {duty(stage)}
                </Text>
              </span>
            </li>
          </Tooltip>
        );
      })}
    </ol>
  );
}
