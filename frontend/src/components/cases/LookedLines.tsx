import { Group, Text } from "@mantine/core";
import { t } from "@/i18n";
import type { LookedAt } from "@/api/types";
import { LookLink } from "@/components/viewing/LookLink";
import { placeText, untickedText } from "./lookedText";

interface Props {
  readonly caseId: string;
  readonly looked: LookedAt;
}

/** What the person had ticked as looked at when they submitted: vertebrae, and places to look at. */
export function LookedLines({ caseId, looked: { vertebrae, places } }: Props) {
  const unticked = vertebrae === null ? null : untickedText(vertebrae);
  return (
    <>
      {unticked !== null && (
        <Text size="sm" c={unticked.all ? "dimmed" : "amber"} data-testid="levels-ticked">
          {unticked.text}
        </Text>
      )}
      {places.length > 0 && (
        <Group gap={4} data-testid="places-ticked">
          <Text size="sm" c="dimmed">
            {t("Places ticked:")}
          </Text>
          {places.map((place) => (
            <LookLink
              key={`${place.kind} ${place.voxel.join()}`}
              caseId={caseId}
              place={{ voxel: place.voxel.join(), ...(place.label !== null && { label: place.label }) }}
              label={t("{{place}}: look at it", { place: placeText(place) })}
            >
              {placeText(place)}
            </LookLink>
          ))}
        </Group>
      )}
    </>
  );
}
