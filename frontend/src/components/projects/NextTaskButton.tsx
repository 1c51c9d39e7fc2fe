import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, type ButtonProps } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { answer, client } from "@/api/client";
import { notifyFailure } from "@/components/common/notify";
import { useNextAssignment } from "@/state/cases";
import { loadText } from "./loadText";

/** Says why there is no task: a limit is reached, the training is not passed, or nothing waits. */
async function noTask(slug: string): Promise<void> {
  const load = await answer(client.GET("/api/v1/projects/{slug}/my-load", { params: { path: { slug } } }));
  const limit = loadText(load);
  if (limit !== null) {
    notifications.show({ color: "amber", title: t("No new task for you"), message: limit });
    return;
  }
  const training = await answer(client.GET("/api/v1/projects/{slug}/training", { params: { path: { slug } } }));
  const untrained = !training.may_work && training.handed_in > 0;
  notifications.show({
    color: untrained ? "amber" : "gray",
    title: untrained ? t("The training comes first") : t("No task for you at the moment"),
    message: !untrained
      ? t("Come back when new cases have arrived, or ask the manager.")
      : training.handed_in > training.scored
        ? t("Your last training case is being scored; try again in a moment.")
        : t("All training cases are done and the mark is missed. Ask the manager to look at it with you."),
  });
}

/** Takes the next task of a project and opens it; without one, says why and does what else is to be done. */
export function useTakeNext(): { take: (slug: string, otherwise?: () => void) => void; isPending: boolean } {
  const navigate = useNavigate();
  const next = useNextAssignment();
  const { mutateAsync } = next;
  const take = useCallback(
    (slug: string, otherwise?: () => void) => {
      act({ mutateAsync }, slug, {
        onSuccess: (assignment) => {
          if (assignment !== null) {
            void navigate({ to: "/assignments/$id", params: { id: assignment.id } });
            return;
          }
          otherwise?.();
          void noTask(slug);
        },
        onError: (error) => {
          otherwise?.();
          notifyFailure(error, t("Could not take a task"));
        },
      });
    },
    [mutateAsync, navigate],
  );
  return { take, isPending: next.isPending };
}

export function NextTaskButton({ slug, ...props }: { readonly slug: string } & ButtonProps) {
  const { take, isPending } = useTakeNext();
  return (
    <Button
      leftSection={<IconPlayerPlay size={16} />}
      onClick={() => take(slug)}
      loading={isPending}
      data-testid={`next-task-${slug}`}
      {...props}
    >
      {t("Next task")}
    </Button>
  );
}
