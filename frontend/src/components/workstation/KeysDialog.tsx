import { ActionIcon, Alert, Button, Group, Modal, SimpleGrid, Stack, Text, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconPencil } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
import {
  conflictOf,
  GESTURES,
  DECISION_KEYS,
  GRADING_KEYS,
  HOTKEYS,
  keyOf,
  keysOf,
  shownKey,
  withKey,
  withShipped,
  type Hotkey,
} from "./hotkeys";
import type { KeptHotkeys } from "./useHotkeys";
import { TextLink } from "@/components/common/links";
import styles from "./workstation.module.css";

const GROUPS = { Tools: t("Tools"), Editing: t("Editing"), Walking: t("Walking"), Display: t("Display") } as const;

interface Props {
  readonly opened: boolean;
  readonly hotkeys: KeptHotkeys;
  /** Take the tour of the workstation once more; left out where there is none. */
  readonly onTour?: () => void;
  readonly onClose: () => void;
}

interface Wish {
  readonly hotkey: Hotkey;
  /** Pressed, but another command has it. */
  readonly taken: { readonly key: string; readonly by: Hotkey } | null;
}

function Row({
  shown,
  text,
  children,
}: {
  readonly shown: readonly string[];
  readonly text: string;
  readonly children?: React.ReactNode;
}) {
  return (
    <div
      style={{ display: "grid", gridTemplateColumns: "112px 1fr auto", gap: 8, alignItems: "center", minHeight: 26 }}
    >
      <span>
        {shown.length === 0 ? (
          <Text size="xs" c="dimmed" span>
            {t("none")}
          </Text>
        ) : (
          shown.map((key) => (
            <kbd key={key} className={styles["key"]} style={{ marginRight: 4 }}>
              {key}
            </kbd>
          ))
        )}
      </span>
      <Text size="xs">{text}</Text>
      {children ?? <span />}
    </div>
  );
}

/** Listens for the next key while one is being chosen. */
function useNextKey(wish: Wish | null, onKey: (key: string | null) => void): void {
  useEffect(() => {
    if (!wish || wish.taken) return undefined;
    const press = (event: KeyboardEvent): void => {
      event.preventDefault();
      event.stopPropagation();
      if (event.key === "Escape") onKey(null);
      else {
        const key = keyOf(event);
        if (key !== null) onKey(key);
      }
    };
    // Before the dialog, which would close on Escape.
    window.addEventListener("keydown", press, { capture: true });
    return () => window.removeEventListener("keydown", press, { capture: true });
  }, [wish, onKey]);
}

/** The cheat sheet; every command's key can be changed in place. */
export function KeysDialog({ opened, hotkeys, onTour, onClose }: Props) {
  const { changes, keep } = hotkeys;
  const [wish, setWish] = useState<Wish | null>(null);
  const choose = (key: string | null): void => {
    if (!wish || key === null) return setWish(null);
    const by = conflictOf(wish.hotkey.id, key, changes);
    if (by) return setWish({ ...wish, taken: { key, by } });
    keep(withKey(wish.hotkey.id, key, changes));
    return setWish(null);
  };
  useNextKey(wish, choose);
  const close = (): void => {
    setWish(null);
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title={t("Keys and mouse")} size={1140} closeOnEscape={wish === null}>
      <Stack gap="md" data-testid="keys">
        <Group justify="space-between">
          <Text size="sm" c="dimmed">
            <Rich
              text="The pencil changes a key. Your keys go with your account. More in the <1>guide</1>."
              parts={[
                (inner) => (
                  <TextLink to="/help" search={{ guide: "rater" }} hash="the-workstation" target="_blank">
                    {inner}
                  </TextLink>
                ),
              ]}
            />
          </Text>
          <Group gap={6}>
            {onTour && (
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => {
                  close();
                  onTour();
                }}
                data-testid="take-tour"
              >
                {t("Take the tour")}
              </Button>
            )}
            <Button
              size="compact-sm"
              variant="default"
              disabled={Object.keys(changes).length === 0}
              onClick={() => keep({})}
              data-testid="reset-keys"
            >
              {t("All keys as shipped")}
            </Button>
          </Group>
        </Group>
        {wish && (
          <Alert color={wish.taken ? "amber" : "petrol"} p="sm" role="status" data-testid="key-wish">
            {wish.taken ? (
              <Group justify="space-between">
                <Text size="sm">
                  <Rich
                    text="<1>{{key}}</1> is the key of “{{text}}”."
                    values={{ key: shownKey(wish.taken.key), text: wish.taken.by.text }}
                    parts={[(inner) => <kbd className={styles["key"]}>{inner}</kbd>]}
                  />
                </Text>
                <Group gap={6}>
                  <Button
                    size="compact-sm"
                    data-testid="take-key"
                    onClick={() => {
                      if (wish.taken) keep(withKey(wish.hotkey.id, wish.taken.key, changes));
                      setWish(null);
                    }}
                  >
                    {t("Take it from there")}
                  </Button>
                  <Button size="compact-sm" variant="default" onClick={() => setWish({ ...wish, taken: null })}>
                    {t("Another key")}
                  </Button>
                </Group>
              </Group>
            ) : (
              <Text size="sm">
                {t("Press the new key for “{{text}}”. Escape leaves it as it is.", { text: wish.hotkey.text })}
              </Text>
            )}
          </Alert>
        )}
        <SimpleGrid cols={{ base: 1, md: 3 }} spacing="xl" verticalSpacing="md">
          {Object.entries(GROUPS).map(([group, name]) => (
            <Stack key={group} gap={2}>
              <Text fw={600}>{name}</Text>
              {HOTKEYS.filter((hotkey) => hotkey.group === group).map((hotkey) => (
                <Row key={hotkey.id} shown={keysOf(hotkey, changes).map(shownKey)} text={hotkey.text}>
                  <Group gap={2} wrap="nowrap">
                    {changes[hotkey.id] && (
                      <Tooltip label={t("As shipped")}>
                        <ActionIcon
                          size={22}
                          variant="subtle"
                          color="gray"
                          aria-label={t("Key as shipped: {{text}}", { text: hotkey.text })}
                          onClick={() => keep(withShipped(hotkey.id, changes))}
                        >
                          <IconArrowBackUp size={14} />
                        </ActionIcon>
                      </Tooltip>
                    )}
                    <ActionIcon
                      size={22}
                      variant={wish?.hotkey.id === hotkey.id ? "filled" : "subtle"}
                      color={wish?.hotkey.id === hotkey.id ? "petrol" : "gray"}
                      aria-label={t("Change the key: {{text}}", { text: hotkey.text })}
                      onClick={() => setWish({ hotkey, taken: null })}
                      data-testid={`rebind-${hotkey.id}`}
                    >
                      <IconPencil size={14} />
                    </ActionIcon>
                  </Group>
                </Row>
              ))}
            </Stack>
          ))}
          <Stack gap={2}>
            <Text fw={600}>{t("Mouse and fixed keys")}</Text>
            {GESTURES.map((gesture) => (
              <Row key={gesture.shown} shown={[gesture.shown]} text={gesture.text} />
            ))}
          </Stack>
          <Stack gap={2}>
            <Text fw={600}>{t("While the Grade tab is open")}</Text>
            {GRADING_KEYS.map((key) => (
              <Row key={key.shown} shown={[key.shown]} text={key.text} />
            ))}
            <Text fw={600} mt="xs">
              {t("While the Decide tab is open")}
            </Text>
            {DECISION_KEYS.map((key) => (
              <Row key={key.shown} shown={[key.shown]} text={key.text} />
            ))}
          </Stack>
        </SimpleGrid>
      </Stack>
    </Modal>
  );
}
