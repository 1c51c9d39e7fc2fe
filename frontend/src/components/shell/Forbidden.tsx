import { Button } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { t } from "@/i18n";
import { Message } from "@/components/common/Message";

export function Forbidden({ need }: { readonly need?: string }) {
  return (
    <Message
      icon={<IconLock />}
      title={t("Your role does not open this page")}
      testId="forbidden"
      action={
        <Button component={Link} to="/" variant="light">
          {t("Go to my work")}
        </Button>
      }
    >
      {need === undefined
        ? t("Ask the project's manager for the role that does.")
        : t("It is open to: {{need}}.", { need })}
    </Message>
  );
}
