import { Button } from "@mantine/core";
import { IconMapSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { Message } from "@/components/common/Message";

export function NotFound() {
  return (
    <Message
      icon={<IconMapSearch />}
      title="Nothing here"
      testId="not-found"
      action={
        <Button component={Link} to="/" variant="light">
          Go to my work
        </Button>
      }
    >
      This page does not exist, or you do not have access to it. If somebody sent you the link, ask the project&apos;s
      manager for a role in the project.
    </Message>
  );
}
