import { Button, Group, Stack, Text } from "@mantine/core";
import { IconFocus2 } from "@tabler/icons-react";
import { t } from "@/i18n";
import type { EngineNames as Told } from "@/api/assignments";
import { nameOf } from "@/domain/labels";
import { namingsNow, spanOf, type OtherNaming } from "@/domain/namings";
import type { Viewer } from "@/viewer";
import type { PageState } from "./useViewerState";

const MOST_OFFERED = 4;
/** Less likely ones only lengthen the list; they can still be chosen in the menu of a vertebra. */
const OFFERED_FROM = 0.01;

interface Props {
  readonly told: Told;
  readonly viewer: Viewer;
  readonly state: PageState;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What the engine's names rest on, each at its place, how likely they are, and others in one click. */
export function EngineNames({ told, viewer, state }: Props) {
  const now = namingsNow(
    told,
    state.levels.map(({ label }) => label),
  );
  const others = (now?.others ?? []).filter(({ probability }) => probability >= OFFERED_FROM).slice(0, MOST_OFFERED);
  if (told.anchors.length === 0 && told.alternatives.length === 0) return null;
  return (
    <Stack gap={4} data-testid="engine-names">
      {told.anchors.length > 0 && (
        <Group gap={6}>
          <Text size="xs" c="dimmed">
            {t("Seen:")}
          </Text>
          {told.anchors.map(({ name, certainty, place_ras_mm: place }) => (
            <Button
              key={name}
              size="compact-xs"
              variant="default"
              leftSection={<IconFocus2 size={12} aria-hidden />}
              disabled={place === null}
              title={t("Go there")}
              onClick={() => place && viewer.jumpTo(place)}
              data-testid="names-anchor"
            >
              {upper(name)}
              {certainty !== null && t(" (clear to {{certainty}})", { certainty: percent(certainty) })}
            </Button>
          ))}
        </Group>
      )}
      {told.alternatives.length > 0 && (
        <Group gap={6} data-testid="names-alternatives">
          <Text size="xs" c="dimmed">
            {now === null
              ? t("Vertebrae were added, taken away or renamed one by one: the engine's other counts no longer fit.")
              : t("{{labels}} ({{probability}}), or:", {
                  labels: spanOf(now.present.labels),
                  probability: percent(now.present.probability),
                })}
          </Text>
          {others.map((other) => (
            <Other key={other.labels.join()} other={other} viewer={viewer} state={state} />
          ))}
        </Group>
      )}
    </Stack>
  );
}

function Other({ other, viewer, state }: Omit<Props, "told"> & { readonly other: OtherNaming }) {
  const { way, labels, moves, probability } = other;
  const [pair] = moves;
  const locked = [...moves.keys()].filter((label) => state.locks.get(label) === "locked");
  const said = pair ? t("{{pair}} becomes {{pair2}}", { pair: nameOf(pair[0]), pair2: nameOf(pair[1]) }) : "";
  return (
    <Button
      size="compact-xs"
      variant="default"
      disabled={!state.canEdit || locked.length > 0}
      title={
        locked.length > 0
          ? t("{{locked}} {{locked2}} locked", {
              locked: locked.map(nameOf).join(", "),
              locked2: locked.length === 1 ? t("is") : t("are"),
            })
          : t("All names at once: {{labels}}. Undo takes it back.", { labels: spanOf(labels) })
      }
      onClick={() => viewer.relabel(moves, `${way}: ${spanOf(labels)}`)}
      data-testid="names-alternative"
    >
      {way}: {said} ({percent(probability)})
    </Button>
  );
}
