import { ActionIcon, Alert, Checkbox, Group, Loader, Stack, Text, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconRefresh } from "@tabler/icons-react";
import { answered, t } from "@/i18n";
import { messageOf } from "@/api/errors";
import type { Places } from "./usePlaces";
import styles from "./workstation.module.css";

function stateText({ list, error, isFetching, behind }: Places): string {
  if (error != null && !isFetching) return t("Not looked for");
  if (list === undefined) return t("Looking for them…");
  const done = list.filter(({ looked }) => looked).length;
  const ticked = list.length === 0 ? t("None found") : t("{{done}} of {{list}} looked at", { done, list: list.length });
  return behind ? t("{{ticked}}; the list is from before your last edit", { ticked }) : ticked;
}

/** Where the mask is most likely wrong, the largest first: walked by a key, ticked one by one. */
export function PlacesPanel({ places, readOnly }: { readonly places: Places; readonly readOnly: boolean }) {
  const { list, error, isFetching, at, go, walk, tick, refetch } = places;
  return (
    <Stack gap={6} data-testid="places">
      <Group justify="space-between" wrap="nowrap">
        <div>
          <Text fw={600}>{t("Places to look at")}</Text>
          <Text size="xs" c="dimmed" role="status" data-testid="places-state">
            {stateText(places)}
          </Text>
        </div>
        <Group gap={4} wrap="nowrap">
          <Tooltip label={t("Place before (Shift + p)")}>
            <ActionIcon
              variant="default"
              size="sm"
              aria-label={t("Place before")}
              disabled={!list?.length}
              onClick={() => walk(-1)}
            >
              <IconChevronLeft size={14} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t("Looked at; next place (p)")}>
            <ActionIcon
              variant="default"
              size="sm"
              aria-label={t("Next place")}
              disabled={!list?.length}
              onClick={() => walk(1)}
              data-testid="next-place"
            >
              <IconChevronRight size={14} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t("Look for them in the saved mask again")}>
            <ActionIcon variant="subtle" color="gray" aria-label={t("Look for places again")} onClick={refetch}>
              {isFetching ? <Loader size={16} /> : <IconRefresh size={17} />}
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
      {error != null && <Alert color="red">{messageOf(error)}</Alert>}
      {list?.map((place, index) => (
        <Group key={`${place.kind} ${place.label ?? ""} ${place.voxel.join(" ")}`} gap={8} wrap="nowrap">
          <Checkbox
            size="xs"
            aria-label={t("Looked at: {{message}}", { message: answered(place.message) })}
            checked={place.looked}
            disabled={readOnly}
            onChange={(event) => tick(place, event.currentTarget.checked)}
            data-testid={`looked-${index}`}
          />
          <button
            type="button"
            className={styles["rowItem"]}
            aria-current={index === at}
            data-active={index === at}
            onClick={() => go(index)}
            data-testid={`place-${index}`}
          >
            <Text size="sm" c={place.looked ? "dimmed" : ""}>
              {answered(place.message)}
            </Text>
          </button>
        </Group>
      ))}
    </Stack>
  );
}
