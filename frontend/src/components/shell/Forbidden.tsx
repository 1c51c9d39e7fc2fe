import { Button } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Message } from "@/components/common/Message";

export function Forbidden({ need }: { readonly need?: string }) {
  return (
    <Message
      icon={<IconLock />}
      title="Your role does not open this page"
      testId="forbidden"
      action={
        <Button component={Link} to="/" variant="light">
          Go to my work
        </Button>
      }
    >
      {need === undefined ? "Ask the project's manager for the role that does." : `It is open to: ${need}.`}
    </Message>
  );
}
