import { Alert, Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { t } from "@/i18n";
import { stillOpenText, type StillOpen } from "./accepting";

interface Props {
  /** Null while it is closed. */
  readonly open: StillOpen | null;
  readonly onClose: () => void;
  readonly onAccept: () => void;
}

/** Asks once before a case is accepted, and says what is still open. */
export function AcceptDialog({ open, onClose, onAccept }: Props) {
  const said = open ? stillOpenText(open) : [];
  return (
    <Modal opened={open !== null} onClose={onClose} title={t("Accept this case?")}>
      <Stack gap="md">
        {said.length > 0 ? (
          <Alert color="amber" title={t("Still open")} data-testid="still-open">
            <List size="sm">
              {said.map((line) => (
                <List.Item key={line}>{line}</List.Item>
              ))}
            </List>
          </Alert>
        ) : (
          <Text size="sm">{t("No open notes, no warnings, and every vertebra is ticked as looked at.")}</Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-testid="look-again">
            {t("Look again")}
          </Button>
          <Button onClick={onAccept} data-autofocus data-testid="confirm-accept">
            {said.length > 0 ? t("Accept all the same") : t("Accept")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
