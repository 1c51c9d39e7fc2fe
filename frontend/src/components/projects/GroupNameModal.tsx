import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { t } from "@/i18n";

interface GroupNameModalProps {
  readonly title: string;
  readonly verb: string;
  readonly name?: string;
  readonly pending: boolean;
  readonly onClose: () => void;
  readonly onName: (name: string) => void;
}

/** Asks for the name of a group of people. */
export function GroupNameModal({ title, verb, name: before = "", pending, onClose, onName }: GroupNameModalProps) {
  const [name, setName] = useState(before);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onName(name.trim());
  };
  return (
    <Modal opened onClose={onClose} title={title}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t("Name")}
            placeholder={t("Students 2026")}
            description={t("Managers see it, nobody else.")}
            maxLength={80}
            value={name}
            onChange={({ currentTarget: { value } }) => setName(value)}
            data-autofocus
            data-testid="group-name"
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("Cancel")}
            </Button>
            <Button type="submit" loading={pending} disabled={name.trim() === ""} data-testid="save-group">
              {verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
