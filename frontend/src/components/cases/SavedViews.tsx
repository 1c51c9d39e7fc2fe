import { Button, Checkbox, Group, Menu, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconBookmark } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import type { CaseView } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useCaseViewActions, useCaseViews } from "@/state/caseViews";

interface SavedViewsProps {
  readonly slug: string;
  /** The filters as they are now. */
  readonly filters: CaseView["filters"];
  readonly onOpen: (filters: CaseView["filters"]) => void;
}

/** Filters under a name: opened with a click, saved as they are now, shared with the project's managers. */
export function SavedViews({ slug, filters, onOpen }: SavedViewsProps) {
  const views = useCaseViews(slug).data ?? [];
  const { remove } = useCaseViewActions(slug);
  const [saving, setSaving] = useState(false);
  const drop = (id: string) => act(remove, id, { onError: (error) => notifyFailure(error, t("Not removed")) });
  return (
    <>
      <Menu position="bottom-end" width={280}>
        <Menu.Target>
          <Button variant="default" leftSection={<IconBookmark size={16} />} data-testid="saved-views">
            {t("Saved views")}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {views.length === 0 && <Menu.Label>{t("None yet")}</Menu.Label>}
          {views.map((view) => (
            <Menu.Item key={view.id} onClick={() => onOpen(view.filters)}>
              {view.name}
              {(view.shared || !view.mine) && (
                <Text size="xs" c="dimmed">
                  {view.mine ? t("shared") : t("shared by {{owner}}", { owner: view.owner })}
                </Text>
              )}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => setSaving(true)}>{t("Save these filters…")}</Menu.Item>
          {views
            .filter(({ mine }) => mine)
            .map(({ id, name }) => (
              <Menu.Item key={id} color="red" onClick={() => drop(id)}>
                {t("Remove the view {{name}}", { name })}
              </Menu.Item>
            ))}
        </Menu.Dropdown>
      </Menu>
      {saving && <SaveModal slug={slug} filters={filters} onClose={() => setSaving(false)} />}
    </>
  );
}

interface SaveModalProps extends Pick<SavedViewsProps, "slug" | "filters"> {
  readonly onClose: () => void;
}

function SaveModal({ slug, filters, onClose }: SaveModalProps) {
  const { save } = useCaseViewActions(slug);
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const submit = () =>
    act(
      save,
      { name, filters, shared },
      {
        onSuccess: () => {
          notifyDone(t("The view is saved."));
          onClose();
        },
        onError: (error) => notifyFailure(error, t("Not saved")),
      },
    );
  return (
    <Modal opened onClose={onClose} title={t("Save these filters")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack>
          <TextInput
            label={t("Name")}
            description={t("A view of yours with this name takes these filters")}
            maxLength={60}
            required
            data-autofocus
            value={name}
            onChange={({ currentTarget: { value } }) => setName(value)}
          />
          <Checkbox
            label={t("The other managers of the project see it, too")}
            checked={shared}
            onChange={({ currentTarget: { checked } }) => setShared(checked)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("Cancel")}
            </Button>
            <Button type="submit" disabled={name.trim() === ""} loading={save.isPending} data-testid="save-view">
              {t("Save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
