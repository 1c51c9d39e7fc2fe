import { Anchor, Box, Container, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";
import { t } from "@/i18n";
import { LanguageChoice } from "@/components/account/LanguageChoice";
import { Logo } from "@/components/shell/Logo";

/** The frame of the pages that anybody reads without signing in. */
export function DataLayout({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <Box mih="100dvh">
      <Box component="header" py="sm" style={{ borderBottom: "1px solid var(--mantine-color-default-border)" }}>
        <Container size="lg">
          <Group justify="space-between">
            <Group gap="sm" component={Link} {...{ to: "/data" }} c="inherit" td="none">
              <Logo size={30} />
              <Text fw={600}>{t("Data sets")}</Text>
            </Group>
            <Group gap="lg">
              <LanguageChoice mt={0} />
              <Anchor component={Link} to="/" size="sm">
                {t("Sign in")}
              </Anchor>
            </Group>
          </Group>
        </Container>
      </Box>
      <Container component="main" size="lg" py="xl">
        {children}
      </Container>
    </Box>
  );
}
