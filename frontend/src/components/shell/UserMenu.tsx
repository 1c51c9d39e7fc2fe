import { Avatar, Menu, Text, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconLogout, IconMoon, IconSun, IconUserCircle } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import type { Me } from "@/api/types";
import { notifyFailure } from "@/components/common/notify";
import { language, t } from "@/i18n";
import { type Language, LANGUAGE_NAMES, LANGUAGES } from "@/i18n/language";
import { chooseLanguage } from "@/state/language";
import { useSignOut } from "@/state/session";
import classes from "./shell.module.css";

const SCHEMES = [
  { key: "light", label: t("Light"), icon: <IconSun size={15} /> },
  { key: "dark", label: t("Dark"), icon: <IconMoon size={15} /> },
  { key: "auto", label: t("As the system"), icon: <IconDeviceDesktop size={15} /> },
] as const;

export function UserMenu({ me }: { readonly me: Me }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const signOut = useSignOut();
  const navigate = useNavigate();
  const name = me.display_name || me.email;
  const leave = () => {
    signOut().then(
      () => void navigate({ to: "/sign-in", search: {} }),
      (error: unknown) => notifyFailure(error, t("Could not sign out")),
    );
  };
  const choose = (offered: Language) => {
    chooseLanguage(me.id, offered).catch((error: unknown) => notifyFailure(error, t("Not changed")));
  };
  return (
    <Menu position="top-start" width={220} withArrow>
      <Menu.Target>
        <UnstyledButton
          className={classes.user}
          data-testid="user-menu"
          aria-label={t("Account of {{name}}", { name })}
        >
          <Avatar name={name} size={30} color="petrol" />
          <div style={{ minWidth: 0 }}>
            <Text size="sm" fw={500} truncate>
              {name}
            </Text>
            <Text size="xs" c="dimmed" truncate>
              {me.email}
            </Text>
          </div>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to="/account" leftSection={<IconUserCircle size={15} />}>
          {t("Account")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("Appearance")}</Menu.Label>
        {SCHEMES.map(({ key, label, icon }) => (
          <Menu.Item
            key={key}
            leftSection={icon}
            onClick={() => setColorScheme(key)}
            rightSection={colorScheme === key ? "✓" : null}
            aria-current={colorScheme === key}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t("Language")}</Menu.Label>
        {LANGUAGES.map((offered) => (
          <Menu.Item
            key={offered}
            lang={offered}
            onClick={() => choose(offered)}
            rightSection={language() === offered ? "✓" : null}
            aria-current={language() === offered}
          >
            {LANGUAGE_NAMES[offered]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={leave} data-testid="sign-out">
          {t("Sign out")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
