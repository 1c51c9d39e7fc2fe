import { Button, Code, Group } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { ApiError, messageOf } from "@/api/errors";
import { Forbidden } from "./Forbidden";
import { Message } from "@/components/common/Message";
import { NotFound } from "./NotFound";

/** The error boundary of every route: refusals get their own page, the rest can be tried again. */
export function CrashPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  if (error instanceof ApiError && error.kind === "not_found") return <NotFound />;
  if (error instanceof ApiError && error.kind === "forbidden") return <Forbidden />;
  const expected = error instanceof ApiError;
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <Message
      icon={<IconAlertTriangle />}
      color="red"
      title={expected ? "The server did not answer as hoped" : "This page stopped working"}
      testId="crash"
      action={
        <Group justify="center">
          <Button onClick={retry}>Try again</Button>
          <Button variant="default" onClick={() => window.location.assign("/")}>
            Start over
          </Button>
        </Group>
      }
    >
      {expected ? messageOf(error) : <Code>{messageOf(error)}</Code>}
    </Message>
  );
}
