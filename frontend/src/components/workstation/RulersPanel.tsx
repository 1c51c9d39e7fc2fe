import { ActionIcon, Button, Group, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import type { Ruler } from "@/api/assignments";
import { isRuler, rulerText, type RulerKind } from "@/domain/rulers";
import type { ToolName } from "@/viewer";
import { rulerTitle, titleOf } from "./rulers";
import type { Rulers } from "./useRulers";
import styles from "./workstation.module.css";

const LONGEST_NAME = 60;

const HINTS: Readonly<Record<RulerKind, string>> = {
  length: t("Drag from one end to the other, or click both."),
  angle: t("Click three points; the second is the corner. Or drag to the corner and click the third."),
  cobb: t("Drag along one endplate, then along the other, also in another slice of the same plane."),
};

interface Props {
  readonly rulers: Rulers;
  readonly tool: ToolName;
}

/** The distances and angles of the case: to go to, to name, to delete. */
export function RulersPanel({ rulers, tool }: Props) {
  const { list, failed, canDraw, canUndo, undo } = rulers;
  if (list.length === 0 && !canUndo && !failed && !isRuler(tool)) return null;
  return (
    <Stack gap={6} data-testid="rulers">
      <Group justify="space-between" wrap="nowrap">
        <Text fw={600} size="sm">
          {t("Distances and angles")}
        </Text>
        {canDraw && (
          <Button size="compact-xs" variant="default" disabled={!canUndo} onClick={undo} data-testid="undo-ruler">
            {t("Undo")}
          </Button>
        )}
      </Group>
      {isRuler(tool) && (
        <Text size="xs" c="dimmed" data-testid="ruler-hint">
          {t("{{tool}} Backspace takes the last point back, Escape drops it. Ends can be dragged later.", {
            tool: HINTS[tool],
          })}
        </Text>
      )}
      {failed && (
        <Text size="xs" c="dimmed">
          {t("Those drawn before cannot be shown just now.")}
        </Text>
      )}
      {list.map((ruler) => (
        <Row key={ruler.id} ruler={ruler} rulers={rulers} />
      ))}
    </Stack>
  );
}

function Row({ ruler, rulers }: { readonly ruler: Ruler; readonly rulers: Rulers }) {
  const [name, setName] = useState<string | null>(null);
  const title = titleOf(ruler);
  const canChange = rulers.canDraw && ruler.mine;
  if (name !== null) {
    return (
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== ruler.name) rulers.rename(ruler, name);
          setName(null);
        }}
      >
        <Group gap={6} wrap="nowrap">
          <TextInput
            size="xs"
            aria-label={t("Name of {{title}}", { title })}
            data-autofocus
            maxLength={LONGEST_NAME}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            onKeyDown={(event) => event.key === "Escape" && setName(null)}
            style={{ flexGrow: 1 }}
            data-testid="ruler-name"
          />
          <Button size="xs" type="submit">
            {t("Name it")}
          </Button>
        </Group>
      </form>
    );
  }
  return (
    <Group gap={4} wrap="nowrap">
      <button type="button" className={styles["rowItem"]} onClick={() => rulers.go(ruler)} data-testid="ruler">
        <Group gap={8} justify="space-between" wrap="nowrap">
          <Text size="sm">{rulerTitle(ruler)}</Text>
          <Text size="sm" className="tabular" style={{ whiteSpace: "nowrap" }}>
            {rulerText(ruler.kind, ruler.value)}
          </Text>
        </Group>
      </button>
      {canChange && (
        <>
          <Tooltip label={t("Rename")}>
            <ActionIcon
              size={24}
              variant="subtle"
              color="gray"
              aria-label={t("Rename {{title}}", { title })}
              onClick={() => setName(ruler.name)}
            >
              <IconPencil size={14} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t("Delete")}>
            <ActionIcon
              size={24}
              variant="subtle"
              color="gray"
              aria-label={t("Delete {{title}}", { title })}
              onClick={() => rulers.remove(ruler)}
            >
              <IconTrash size={14} />
            </ActionIcon>
          </Tooltip>
        </>
      )}
    </Group>
  );
}
