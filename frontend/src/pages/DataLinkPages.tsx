import { Alert, Card, Code, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import { ApiError, messageOf } from "@/api/errors";
import { DataLayout } from "@/components/data/DataLayout";
import { LinkedFaults } from "@/components/data/LinkedFaults";
import { ButtonLink } from "@/components/common/links";
import { QueryState } from "@/components/common/QueryState";
import { ArchiveRow } from "@/components/releases/ArchiveRow";
import { formatDate } from "@/state/format";
import { useConfirmRequest, useGranted } from "@/state/publicReleases";

/** What stands behind '#' of a link that was mailed: it never reaches a server's log. */
function useSecret(): string {
  return useState(() => window.location.hash.slice(1))[0];
}

/** The link that shows an address to be theirs who asked. */
export function DataConfirmPage() {
  const query = useConfirmRequest(useSecret());
  return (
    <DataLayout title={t("Your request")}>
      <Title order={1} mb="lg">
        {t("Your request")}
      </Title>
      {query.isError && <DeadLink error={query.error} />}
      {query.isSuccess && (
        <Alert color="green" role="status" data-testid="confirmed">
          {t("Your request is with the managers of the data set. The answer comes by e-mail.")}
        </Alert>
      )}
    </DataLayout>
  );
}

function DeadLink({ error }: { readonly error: unknown }) {
  return (
    <Stack align="flex-start">
      <Alert color="red" w="100%">
        {messageOf(error)}
      </Alert>
      <Text>{t("Access can be asked for again on the page of the data set.")}</Text>
      <ButtonLink to="/data" variant="default">
        {t("To the data sets")}
      </ButtonLink>
    </Stack>
  );
}

/** A link that opens nothing any more, which trying again does not change. */
const isGone = (error: Error | null): boolean => error instanceof ApiError && error.kind === "not_found";

/** The files of whoever was granted them without an account. */
export function DataFilesPage() {
  const secret = useSecret();
  const query = useGranted(secret);
  return (
    <DataLayout title={t("Your files")}>
      {isGone(query.error) ? (
        <>
          <Title order={1} mb="lg">
            {t("Your files")}
          </Title>
          <DeadLink error={query.error} />
        </>
      ) : (
        <QueryState query={query}>
          {(granted) => (
            <>
              <Card padding="lg" data-testid="granted">
                <Title order={1}>
                  {granted.title} {granted.version}
                </Title>
                <Text c="dimmed" mb="md">
                  {t("Open to you until {{until}}. The links are yours: pass them on to nobody.", {
                    until: formatDate(granted.expires_at),
                  })}
                </Text>
                <Stack gap="sm">
                  {granted.archives.map((archive) => (
                    <ArchiveRow key={archive.name} archive={archive} />
                  ))}
                </Stack>
                <Text size="sm" c="dimmed" mt="md">
                  {t("A download that breaks off is taken up again by the browser, or with")} <Code>curl -C -</Code>
                </Text>
              </Card>
              <LinkedFaults secret={secret} />
            </>
          )}
        </QueryState>
      )}
    </DataLayout>
  );
}
