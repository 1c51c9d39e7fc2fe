import { Anchor, Card, Group, ScrollArea, Table, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import { addressOf } from "@/api/client";
import type { ReleaseDetail } from "@/api/types";
import { ActionsHead } from "@/components/common/ActionsHead";
import { LookIntoRelease } from "@/components/viewing/LookLink";
import { formatBytes } from "@/state/format";

const SHOWN_FILES = 300;

const fileAddress = (id: string, path: string) =>
  addressOf("/api/v1/releases/{release_id}/files/{file_path}", { release_id: id, file_path: path });

/** The files that are open to one, with their checksums; each can be taken by itself once the terms are accepted. */
export function ReleaseFiles({ release }: { readonly release: ReleaseDetail }) {
  const [search, setSearch] = useState("");
  const first = release.files.flatMap(({ item_id: item }) => (item === null ? [] : [item]))[0];
  const may = release.accepted && release.state === "frozen" && release.standing !== "withdrawn";
  const found = release.files.filter(({ path }) => path.toLowerCase().includes(search.toLowerCase()));
  return (
    <Card padding="lg">
      <Group justify="space-between" mb="sm">
        <Group gap="sm">
          <Title order={2}>{t("Files")}</Title>
          {first !== undefined && (
            <LookIntoRelease releaseId={release.id} itemId={first} label={t("Look at the cases one by one")}>
              {t("Look")}
            </LookIntoRelease>
          )}
        </Group>
        {release.files.length > 0 && (
          <TextInput
            size="xs"
            placeholder={t("Search")}
            aria-label={t("Search files")}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        )}
      </Group>
      {release.files.length === 0 ? (
        <Text c="dimmed">
          {release.state === "frozen"
            ? t("Accept the terms of use to see the files and their checksums.")
            : t("The files are written when the release is frozen.")}
        </Text>
      ) : (
        <ScrollArea.Autosize mah={620} viewportProps={{ tabIndex: 0 }}>
          <Table verticalSpacing={4} stickyHeader fz="sm" data-testid="release-files">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("Path")}</Table.Th>
                <Table.Th ta="right">{t("Size")}</Table.Th>
                <Table.Th>SHA-256</Table.Th>
                <ActionsHead />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {found.slice(0, SHOWN_FILES).map(({ path, size_bytes: size, sha256, item_id: item }) => (
                <Table.Tr key={path}>
                  <Table.Td className="mono" style={{ wordBreak: "break-all" }}>
                    {may ? (
                      <Anchor underline="always" href={fileAddress(release.id, path)} download inherit>
                        {path}
                      </Anchor>
                    ) : (
                      path
                    )}
                  </Table.Td>
                  <Table.Td ta="right" className="tabular" style={{ whiteSpace: "nowrap" }}>
                    {formatBytes(size)}
                  </Table.Td>
                  <Table.Td className="mono" title={sha256}>
                    {sha256.slice(0, 12)}…
                  </Table.Td>
                  <Table.Td ta="right">
                    {item !== null && (
                      <LookIntoRelease releaseId={release.id} itemId={item} label={t("Look at {{path}}", { path })} />
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {found.length > SHOWN_FILES && (
            <Text size="sm" c="dimmed" ta="center" py="xs">
              {t("and {{found}} more; all of them stand in the manifest", { found: found.length - SHOWN_FILES })}
            </Text>
          )}
        </ScrollArea.Autosize>
      )}
    </Card>
  );
}
