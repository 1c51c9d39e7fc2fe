import { Button, type ButtonProps } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { notifyFailure } from "@/components/common/notify";
import { useNextAssignment } from "@/state/cases";

/** Takes the next task of the project and opens it. */
export function NextTaskButton({ slug, ...props }: { readonly slug: string } & ButtonProps) {
  const navigate = useNavigate();
  const next = useNextAssignment();
  const take = () => {
    next.mutate(slug, {
      onSuccess: (assignment) => {
        if (assignment !== null) {
          void navigate({ to: "/assignments/$id", params: { id: assignment.id } });
          return;
        }
        notifications.show({
          color: "gray",
          title: "No task for you at the moment",
          message: "Come back when new cases have arrived, or ask the manager.",
        });
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
