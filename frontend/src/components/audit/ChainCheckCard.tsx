import { Alert, Button, Group, Progress, Text } from "@mantine/core";
import { IconAlertTriangle, IconShieldCheck } from "@tabler/icons-react";
import { t } from "@/i18n";
import type { ChainCheck } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyFailure } from "@/components/common/notify";
import { QueryState } from "@/components/common/QueryState";
import { useChainCheck, useStartChainCheck } from "@/state/audit";
import { checkText } from "./checkText";

/** Whether the record of all acts is as it was written. */
export function ChainCheckCard({ slug }: { readonly slug: string }) {
  return (
    <QueryState query={useChainCheck(slug)} skeleton={<div style={{ height: 42 }} />}>
      {(check) => <Content slug={slug} check={check} />}
    </QueryState>
  );
}

function Content({ slug, check }: { readonly slug: string; readonly check: ChainCheck }) {
  const start = useStartChainCheck(slug);
  const broken = check.broken_at !== null;
  const told = check.state === "never" ? t("The record was never checked.") : checkText(check);
  const body = (
    <Group justify="space-between" gap="sm">
      <Group gap="xs" role="status" data-testid="chain-check" data-state={check.state}>
        {!broken && <IconShieldCheck size={18} aria-hidden />}
        <Text size="sm">{told}</Text>
        {check.state === "failed" && (
          <Text size="sm" c="red">
            {t("The last check could not be made: {{error}}", { error: check.error })}
          </Text>
        )}
      </Group>
      <Button
        size="compact-sm"
        variant="default"
        loading={start.isPending || check.state === "checking"}
        onClick={() => act(start, undefined, { onError: (error) => notifyFailure(error, t("Not started")) })}
      >
        {t("Check now")}
      </Button>
    </Group>
  );
  return (
    <>
      {broken ? (
        <Alert color="red" icon={<IconAlertTriangle />} title={t("The record of acts is broken")}>
          {body}
        </Alert>
      ) : (
        body
      )}
      {check.state === "checking" && (
        <Progress
          mt="xs"
          size="sm"
          animated
          value={Math.max(2, 100 * check.progress)}
          aria-label={t("Progress of the check")}
        />
      )}
    </>
  );
}
