import { Button, Checkbox, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { t } from "@/i18n";
import type { Challenge } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyFailure } from "@/components/common/notify";
import { useDraftChallenge } from "@/state/challenges";
import { TASK_TITLES } from "./words";

const TASKS = ["labelling", "segmentation", "grading"] as const;
const DEFAULT_RULES = t(
  "Predictions are made by a program, without a look at the test cases by a person.\nEach person is in one team. Who has seen masks of the data set takes no part.",
);

interface ChallengeFormProps {
  readonly release: string;
  /** The draft to change; without one, a challenge is drafted. */
  readonly draft?: Challenge;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function ChallengeForm({ opened, ...props }: ChallengeFormProps) {
  return (
    <Modal
      opened={opened}
      onClose={props.onClose}
      title={props.draft ? t("Change the draft") : t("New challenge")}
      size="lg"
    >
      {opened && <Form {...props} />}
    </Modal>
  );
}

function Form({ release, draft, onClose }: Omit<ChallengeFormProps, "opened">) {
  const navigate = useNavigate();
  const save = useDraftChallenge(release, draft?.id);
  const [title, setTitle] = useState(draft?.title ?? "");
  const [rules, setRules] = useState(draft?.rules ?? DEFAULT_RULES);
  const [tasks, setTasks] = useState<readonly string[]>(draft?.tasks ?? TASKS.slice(0, 2));
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    act(
      save,
      { title: title.trim(), rules: rules.trim(), tasks: TASKS.filter((task) => tasks.includes(task)) },
      {
        onSuccess: ({ id }) => {
          onClose();
          if (!draft) void navigate({ to: "/challenges/$id", params: { id }, search: {} });
        },
        onError: (error) => notifyFailure(error, t("Not saved")),
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={t("Title")}
          required
          data-autofocus
          maxLength={120}
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
          data-testid="challenge-title"
        />
        <Textarea
          label={t("Rules")}
          description={t("Markdown. Each participant accepts them; once the challenge is open they stay as they are.")}
          required
          autosize
          minRows={5}
          maxRows={16}
          value={rules}
          onChange={(event) => setRules(event.currentTarget.value)}
          data-testid="challenge-rules"
        />
        <Checkbox.Group
          label={t("Tasks")}
          description={t("Which of them teams are ranked by")}
          value={[...tasks]}
          onChange={setTasks}
        >
          <Group mt="xs">
            {TASKS.map((task) => (
              <Checkbox key={task} value={task} label={TASK_TITLES[task]} />
            ))}
          </Group>
        </Checkbox.Group>
        <Group justify="flex-end">
          <Button
            type="submit"
            disabled={title.trim() === "" || rules.trim() === "" || tasks.length === 0}
            loading={save.isPending}
            data-testid="save-challenge"
          >
            {draft ? t("Save") : t("Draft")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
