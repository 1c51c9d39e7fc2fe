import { Button, Group, Text } from "@mantine/core";
import { IconDownload, IconLock } from "@tabler/icons-react";
import { t } from "@/i18n";
import type { ReleaseDetail } from "@/api/types";
import { formatBytes, formatDate } from "@/state/format";
import { SPLIT_NAMES, SPLITS } from "./fractions";

type Archive = ReleaseDetail["archives"][number];

/** The layouts for other tools; VerSe's needs no word. */
const LAYOUTS: Readonly<Record<string, { readonly title: string; readonly text: string }>> = {
  bids: { title: "BIDS", text: t("a dataset for each part, masks as a derivative") },
  dicom: { title: "DICOM", text: t("images, segmentations (SEG) and measurements (SR)") },
  nnunet: { title: "nnU-Net v2", text: t("raw data set with consecutive labels and its split") },
  verse2019: { title: t("VerSe 2019"), text: t("as the challenge of that year named files and placed centroids") },
  verse2020: { title: t("VerSe 2020"), text: t("as the challenge of that year named files and placed centroids") },
};

/** What an archive is called: a part by its name, a layout by its tool's. */
export function archiveTitle({ name, layout }: Pick<Archive, "name" | "layout">): string {
  const tool = LAYOUTS[layout];
  if (tool !== undefined) return tool.title;
  const part = SPLITS.find((split) => split === name);
  return part === undefined ? t("All that is open") : SPLIT_NAMES[part];
}

/** An archive with its size, and its download where it is open. */
export function ArchiveRow({ archive }: { readonly archive: Archive }) {
  const { name, layout, size_bytes: size, url, locked_until: locked } = archive;
  const tool = LAYOUTS[layout];
  const title = archiveTitle(archive);
  return (
    <Group justify="space-between" wrap="nowrap" className="acts-below" data-testid={`archive-${name}`}>
      <div>
        <Text fw={600}>{title}</Text>
        <Text size="sm" c="dimmed" className="tabular">
          {size === null ? t("size not known yet") : formatBytes(size)}
          {tool && ` · ${tool.text}`}
          {locked !== null && t(" · secret until {{locked}}", { locked: formatDate(locked) })}
        </Text>
      </div>
      {locked === null ? (
        <Button
          component="a"
          href={url}
          download
          style={{ flexShrink: 0 }}
          leftSection={<IconDownload size={16} />}
          aria-label={t("Download {{title}}", { title })}
        >
          {t("Download")}
        </Button>
      ) : (
        <Button disabled style={{ flexShrink: 0 }} leftSection={<IconLock size={16} />}>
          {t("Locked")}
        </Button>
      )}
    </Group>
  );
}
