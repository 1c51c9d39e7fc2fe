import { Button } from "@mantine/core";
import { IconMapSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { t } from "@/i18n";
import { Message } from "@/components/common/Message";

export function NotFound() {
  return (
    <Message
      icon={<IconMapSearch />}
      title={t("Nothing here")}
      testId="not-found"
      action={
        <Button component={Link} to="/" variant="light">
          {t("Go to my work")}
        </Button>
      }
    >
      {t(
        "This page does not exist, or you do not have access to it. If somebody sent you the link, ask the project's manager for a role in the project.",
      )}
    </Message>
  );
}
