import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Badge, Button, Card, Code, Group, PinInput, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { renderSVG } from "uqr";
import { confirm } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { QueryState, RowsSkeleton } from "@/components/common/QueryState";
import { type Guarded, useTotp, useTotpActions } from "@/state/account";
import { usePasswordGuard } from "./usePasswordGuard";

/** Setting up, showing and removing the second factor (an authenticator app). */
export function SecondFactor() {
  const totp = useTotp();
  const { guarded, dialog } = usePasswordGuard();
  const [open, setOpen] = useState(false);
  return (
    <Card padding="lg" data-testid="second-factor">
      <Group justify="space-between" mb="md">
        <Title order={2}>{t("Second factor")}</Title>
        {totp.data !== undefined && (
          <Badge color={totp.data.active ? "green" : "gray"}>{totp.data.active ? t("On") : t("Off")}</Badge>
        )}
      </Group>
      <QueryState query={totp} skeleton={<RowsSkeleton count={2} />}>
        {({ active, secret, url }) => {
          if (active) return <Active guarded={guarded} />;
          if (open && secret !== null && url !== null) return <Setup secret={secret} url={url} guarded={guarded} />;
          return (
            <Stack>
              <Text size="sm" c="dimmed">
                {t("With an authenticator app, nobody can sign in with your password alone.")}
              </Text>
              <Button variant="default" w="fit-content" onClick={() => setOpen(true)}>
                {t("Set up")}
              </Button>
            </Stack>
          );
        }}
      </QueryState>
      {dialog}
    </Card>
  );
}

function Setup({ secret, url, guarded }: { readonly secret: string; readonly url: string; readonly guarded: Guarded }) {
  const { activate } = useTotpActions(guarded);
  const [code, setCode] = useState("");
  const picture = `data:image/svg+xml;utf8,${encodeURIComponent(renderSVG(url, { border: 2 }))}`;
  const submit = (value: string) =>
    act(activate, value, {
      onSuccess: () =>
        notifyDone(t("The second factor is on. Show your recovery codes now, and keep them somewhere else.")),
      onError: (error) => {
        setCode("");
        notifyFailure(error, t("The code was not accepted"));
      },
    });
  return (
    <Group align="flex-start" gap="lg">
      <img
        src={picture}
        width={180}
        height={180}
        alt={t("QR code for the authenticator app")}
        style={{ borderRadius: 8, background: "white" }}
      />
      <Stack>
        <Text size="sm">{t("1. Scan this with your authenticator app, or type in the key:")}</Text>
        <Code style={{ wordBreak: "break-all" }}>{secret}</Code>
        <Text size="sm">{t("2. Enter the six digits that it shows:")}</Text>
        <PinInput
          length={6}
          type="number"
          oneTimeCode
          value={code}
          onChange={setCode}
          onComplete={submit}
          disabled={activate.isPending}
          aria-label={t("Code of the authenticator app")}
        />
      </Stack>
    </Group>
  );
}

function Active({ guarded }: { readonly guarded: Guarded }) {
  const { deactivate, codes } = useTotpActions(guarded);
  const ask = () =>
    confirm({
      title: t("Turn the second factor off?"),
      body: t("Your password alone will then be enough to sign in."),
      verb: t("Turn it off"),
      danger: true,
      onConfirm: () => act(deactivate, undefined, { onError: (error) => notifyFailure(error, t("It is still on")) }),
    });
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {t("Signing in asks for a code of your authenticator app. A recovery code works once, when the app is lost.")}
      </Text>
      {codes.data !== undefined && (
        <SimpleGrid cols={2} spacing={4}>
          {codes.data.map((code) => (
            <Code key={code}>{code}</Code>
          ))}
        </SimpleGrid>
      )}
      <Group>
        {codes.data === undefined && (
          <Button
            variant="default"
            loading={codes.isPending}
            onClick={() => act(codes, undefined, { onError: (error) => notifyFailure(error) })}
          >
            {t("Show recovery codes")}
          </Button>
        )}
        <Button variant="subtle" color="red" onClick={ask} loading={deactivate.isPending}>
          {t("Turn off")}
        </Button>
      </Group>
    </Stack>
  );
}
