import { Button, Code, Group } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { t } from "@/i18n";
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
      title={expected ? t("The server did not answer as expected") : t("This page stopped working")}
      testId="crash"
      action={
        <Group justify="center">
          <Button onClick={retry}>{t("Try again")}</Button>
          <Button variant="default" onClick={() => window.location.assign("/")}>
            {t("Start over")}
          </Button>
        </Group>
      }
    >
      {expected ? messageOf(error) : <Code>{messageOf(error)}</Code>}
    </Message>
  );
}
