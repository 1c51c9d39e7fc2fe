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
export function LookedLines({ caseId, looked: { vertebrae, places, places_found: found } }: Props) {
  const unticked = vertebrae === null ? null : untickedText(vertebrae);
  return (
    <>
      {unticked !== null && (
        <Text size="sm" c={unticked.all ? "dimmed" : "amber"} data-testid="levels-ticked">
          {unticked.text}
        </Text>
      )}
      {places.length === 0 && found !== null && found > 0 && (
        <Text size="sm" c="amber" data-testid="places-unticked">
          {t("Places to look at: none of {{found}} ticked", { found })}
        </Text>
      )}
      {places.length > 0 && (
        <Group gap={4} data-testid="places-ticked">
          <Text size="sm" c="dimmed">
            {found === null ? t("Places ticked:") : t("Places ticked, of {{found}} listed:", { found })}
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
