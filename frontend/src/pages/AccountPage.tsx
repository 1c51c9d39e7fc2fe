import { language, t } from "@/i18n";
import { isLanguage, LANGUAGE_NAMES, LANGUAGES } from "@/i18n/language";
import { Rich } from "@/i18n/Rich";
import { act } from "@/components/common/act";
import {
  Button,
  Card,
  Group,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
  useMantineColorScheme,
} from "@mantine/core";
import { useState } from "react";
import type { Role } from "@/api/types";
import { MailWish } from "@/components/account/MailWish";
import { PasswordChange } from "@/components/account/PasswordChange";
import { SecondFactor } from "@/components/account/SecondFactor";
import { Tokens } from "@/components/account/Tokens";
import { ROLE_NAMES } from "@/components/common/badges";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { PageHeader } from "@/components/common/PageHeader";
import { useUpdateMe } from "@/state/account";
import { useLeaveProject } from "@/state/activeProject";
import { chooseLanguage } from "@/state/language";
import { useMe } from "@/state/session";

export function AccountPage() {
  useLeaveProject();
  return (
    <>
      <PageHeader title={t("Account")} />
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
        <Stack gap="lg">
          <Profile />
          <Appearance />
          <LanguageCard />
          <MailWish />
          <Roles />
        </Stack>
        <Stack gap="lg">
          <PasswordChange />
          <SecondFactor />
          <Tokens />
        </Stack>
      </SimpleGrid>
    </>
  );
}

function Profile() {
  const me = useMe();
  const update = useUpdateMe();
  const [name, setName] = useState(me.display_name);
  const save = (event: React.FormEvent) => {
    event.preventDefault();
    act(
      update,
      { display_name: name.trim() },
      { onSuccess: () => notifyDone(t("Saved.")), onError: (error) => notifyFailure(error, t("Not saved")) },
    );
  };
  return (
    <Card padding="lg">
      <Title order={2} mb="md">
        {t("Profile")}
      </Title>
      <form onSubmit={save}>
        <Stack>
          <TextInput label={t("E-mail")} value={me.email} readOnly description={t("Your sign-in name")} />
          <TextInput
            label={t("Name")}
            description={t("As managers see it. Other raters never see who you are.")}
            value={name}
            maxLength={120}
            autoComplete="name"
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button type="submit" disabled={name.trim() === me.display_name} loading={update.isPending}>
              {t("Save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}

function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Card padding="lg">
      <Title order={2} mb="md">
        {t("Appearance")}
      </Title>
      <SegmentedControl
        value={colorScheme}
        onChange={(value) => setColorScheme(value as "light" | "dark" | "auto")}
        data={[
          { value: "light", label: t("Light") },
          { value: "dark", label: t("Dark") },
          { value: "auto", label: t("As the system") },
        ]}
        aria-label={t("Colour scheme")}
      />
      <Text size="sm" c="dimmed" mt="xs">
        {t("Kept in this browser. The viewer is dark in either case.")}
      </Text>
    </Card>
  );
}

function LanguageCard() {
  const { id } = useMe();
  const choose = (chosen: string) => {
    if (!isLanguage(chosen)) return;
    chooseLanguage(id, chosen).catch((error: unknown) => notifyFailure(error, t("Not changed")));
  };
  return (
    <Card padding="lg">
      <Title order={2} mb="md">
        {t("Language")}
      </Title>
      <SegmentedControl
        value={language()}
        onChange={choose}
        data={LANGUAGES.map((offered) => ({
          value: offered,
          label: <span lang={offered}>{LANGUAGE_NAMES[offered]}</span>,
        }))}
        aria-label={t("Language")}
      />
      <Text size="sm" c="dimmed" mt="xs">
        {t("Kept with your account, for every browser and for mails. Dates and numbers follow it.")}
      </Text>
    </Card>
  );
}

function Roles() {
  const { memberships } = useMe();
  return (
    <Card padding="lg">
      <Title order={2} mb="md">
        {t("Roles")}
      </Title>
      {memberships.length === 0 ? (
        <Text c="dimmed">{t("You are in no project yet.")}</Text>
      ) : (
        <Stack gap={4}>
          {memberships.map(({ project, role }) => (
            <Text key={`${project.id}${role}`} size="sm">
              <Rich
                text="<1>{{role_names}}</1> in {{name}}"
                values={{ role_names: ROLE_NAMES[role as Role], name: project.name }}
                parts={[(inner) => <b>{inner}</b>]}
              />
            </Text>
          ))}
        </Stack>
      )}
    </Card>
  );
}
