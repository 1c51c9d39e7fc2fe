import { act } from "@/components/common/act";
import { Button, type ButtonProps } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { answer, client } from "@/api/client";
import { notifyFailure } from "@/components/common/notify";
import { useNextAssignment } from "@/state/cases";

/** Says why there is no task: the training is not passed, or nothing waits. */
async function noTask(slug: string): Promise<void> {
  const training = await answer(client.GET("/api/v1/projects/{slug}/training", { params: { path: { slug } } }));
  const untrained = !training.may_work && training.handed_in > 0;
  notifications.show({
    color: untrained ? "amber" : "gray",
    title: untrained ? "The training comes first" : "No task for you at the moment",
    message: !untrained
      ? "Come back when new cases have arrived, or ask the manager."
      : training.handed_in > training.scored
        ? "Your last training case is being scored; try again in a moment."
        : "All training cases are done and the mark is missed. Ask the manager to look at it with you.",
  });
}

/** Takes the next task of the project and opens it. */
export function NextTaskButton({ slug, ...props }: { readonly slug: string } & ButtonProps) {
  const navigate = useNavigate();
  const next = useNextAssignment();
  const take = () => {
    act(next, slug, {
      onSuccess: (assignment) => {
        if (assignment !== null) {
          void navigate({ to: "/assignments/$id", params: { id: assignment.id } });
          return;
        }
        void noTask(slug);
      },
      onError: (error) => notifyFailure(error, "Could not take a task"),
    });
  };
  return (
    <Button
      leftSection={<IconPlayerPlay size={16} />}
      onClick={take}
      loading={next.isPending}
      data-testid={`next-task-${slug}`}
      {...props}
    >
      Next task
    </Button>
  );
}
