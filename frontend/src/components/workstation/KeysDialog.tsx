import { Modal, SimpleGrid, Stack, Text } from "@mantine/core";
import { GESTURES, GRADING_KEYS, HOTKEYS } from "./hotkeys";
import styles from "./workstation.module.css";

const GROUPS = ["Tools", "Editing", "Walking", "Display"] as const;

function Row({ shown, text }: { readonly shown: string; readonly text: string }) {
  return (
    <div style={{ display: "grid", gridTemplateColumns: "118px 1fr", gap: 10, alignItems: "baseline" }}>
      <span>
        <kbd className={styles["key"]}>{shown}</kbd>
      </span>
      <Text size="sm">{text}</Text>
    </div>
  );
}

export function KeysDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keys and mouse" size="xl">
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" data-testid="keys">
        {GROUPS.map((group) => (
          <Stack key={group} gap={6}>
            <Text fw={600}>{group}</Text>
            {HOTKEYS.filter((hotkey) => hotkey.group === group).map((hotkey) => (
              <Row key={hotkey.shown} shown={hotkey.shown} text={hotkey.text} />
            ))}
          </Stack>
        ))}
        <Stack gap={6}>
          <Text fw={600}>Mouse</Text>
          {GESTURES.map((gesture) => (
            <Row key={gesture.shown} {...gesture} />
          ))}
        </Stack>
        <Stack gap={6}>
          <Text fw={600}>While the Grade tab is open</Text>
          {GRADING_KEYS.map((key) => (
            <Row key={key.shown} {...key} />
          ))}
        </Stack>
      </SimpleGrid>
    </Modal>
  );
}
