import { Alert, Group, Stack, Text } from "@mantine/core";
import { IconBook } from "@tabler/icons-react";
import { t } from "@/i18n";
import type { Home } from "@/api/types";
import { ButtonLink } from "@/components/common/links";

/** Where the rules have changed since the reader read them, with the way to what is new. */
export function NewRules({ unread }: { readonly unread: Home["guidelines"] }) {
  return (
    <Stack gap="sm">
      {unread.map(({ project, number, changes, read, must_read: mustRead }) => (
        <Alert
          key={project.slug}
          color={mustRead ? "amber" : "petrol"}
          icon={<IconBook size={18} />}
          title={t("The rules of {{project}} have changed", { project: project.name })}
          data-testid={`new-rules-${project.slug}`}
        >
          <Group justify="space-between" wrap="nowrap" className="acts-below">
            <Text size="sm">
              {changes === "" ? t("Version {{number}}", { number }) : changes}
              {mustRead && ` ${t("Read them: the next task comes after that.")}`}
            </Text>
            <Group gap="xs" wrap="nowrap">
              {read !== null && (
                <ButtonLink
                  size="xs"
                  variant="default"
                  to="/projects/$slug/guidelines"
                  params={{ slug: project.slug }}
                  search={{ tab: "versions", since: read }}
                >
                  {t("What is new")}
                </ButtonLink>
              )}
              <ButtonLink size="xs" to="/projects/$slug/guidelines" params={{ slug: project.slug }}>
                {t("Read the rules")}
              </ButtonLink>
            </Group>
          </Group>
        </Alert>
      ))}
    </Stack>
  );
}
