import { Button, Checkbox, Divider, Drawer, Group, Stack, Tabs, Textarea } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { notifyFailure } from "@/components/common/notify";
import { QueryState } from "@/components/common/QueryState";
import { useAsk, useGuidelines, useOwnQuestions, type Asked } from "@/state/guidelines";
import { Rules } from "./Rules";
import { placeOf, Thread } from "./Thread";
import styles from "./guidelines.module.css";

type Place = Pick<Asked, "label" | "voxel">;

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly slug: string;
  readonly assignmentId: string;
  /** Where the reader is in the pictures. */
  readonly place: () => Place;
}

const WIDTH = 312; // of the panel that it lies over: the pictures stay free

/** The rules beside the pictures, and what the reader asks on this case. */
export function RulesDrawer({ opened, onClose, slug, assignmentId, place }: Props) {
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size={WIDTH}
      title={t("Guidelines of this project")}
      withOverlay={false}
      lockScroll={false}
      trapFocus={false}
      closeOnClickOutside={false}
      classNames={{ inner: styles["drawer"] ?? "", content: styles["drawer"] ?? "" }}
      data-testid="rules-drawer"
    >
      <Tabs defaultValue="rules" keepMounted={false}>
        <Tabs.List mb="sm">
          <Tabs.Tab value="rules">{t("Rules")}</Tabs.Tab>
          <Tabs.Tab value="questions">{t("My questions")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="rules">
          <InForce slug={slug} />
        </Tabs.Panel>
        <Tabs.Panel value="questions">
          <OwnQuestions {...{ slug, assignmentId, place }} />
        </Tabs.Panel>
      </Tabs>
    </Drawer>
  );
}

function InForce({ slug }: { readonly slug: string }) {
  const guidelines = useGuidelines(slug);
  return <QueryState query={guidelines}>{(found) => <Rules slug={slug} guidelines={found} />}</QueryState>;
}

function OwnQuestions({ slug, assignmentId, place }: Omit<Props, "opened" | "onClose">) {
  const questions = useOwnQuestions(assignmentId);
  return (
    <Stack>
      <AskForm assignmentId={assignmentId} place={place} />
      <QueryState query={questions}>
        {(rows) =>
          rows.map((question) => (
            <div key={question.id}>
              <Divider mb="sm" />
              <Thread slug={slug} question={question} />
            </div>
          ))
        }
      </QueryState>
    </Stack>
  );
}

function AskForm({ assignmentId, place }: Pick<Props, "assignmentId" | "place">) {
  const ask = useAsk(assignmentId);
  const [text, setText] = useState("");
  const [here, setHere] = useState(true);
  const at = place();
  const send = () =>
    act(
      ask,
      { text, ...(here ? at : { label: null, voxel: null }) },
      { onSuccess: () => setText(""), onError: (error) => notifyFailure(error, t("Not sent")) },
    );
  return (
    <Stack gap="xs">
      <Textarea
        label={t("Ask about this case")}
        description={t(
          "Managers and experts answer. Nobody who rates this case sees it. No names of patients, please.",
        )}
        autosize
        minRows={3}
        maxLength={4000}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        data-testid="ask-text"
      />
      <Checkbox
        checked={here}
        onChange={(event) => setHere(event.currentTarget.checked)}
        label={t("With the place: {{place}}", { place: placeOf(at) })}
      />
      <Group justify="flex-end">
        <Button size="xs" disabled={text.trim() === ""} loading={ask.isPending} onClick={send} data-testid="ask-send">
          {t("Ask")}
        </Button>
      </Group>
    </Stack>
  );
}
