import { ActionIcon, Box, Card, Code, CopyButton, Group, SegmentedControl, Title, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import type { ReleaseDetail } from "@/api/types";

const STYLES = [
  { value: "text", label: t("Text") },
  { value: "bibtex", label: "BibTeX" },
  { value: "ris", label: "RIS" },
] as const;
type Style = (typeof STYLES)[number]["value"];

/** How to cite the release, to be copied. */
export function Citation({ citations }: Pick<ReleaseDetail, "citations">) {
  const [style, setStyle] = useState<Style>("text");
  return (
    <Card padding="lg">
      <Group justify="space-between" mb="sm">
        <Title order={2}>{t("Cite")}</Title>
        <Group gap="xs">
          <SegmentedControl
            size="xs"
            data={[...STYLES]}
            value={style}
            onChange={(value) => setStyle(STYLES.find((one) => one.value === value)?.value ?? "text")}
            aria-label={t("Style of the citation")}
          />
          <CopyButton value={citations[style]}>
            {({ copied, copy }) => (
              <Tooltip label={copied ? t("Copied") : t("Copy")}>
                <ActionIcon variant="subtle" onClick={copy} aria-label={t("Copy the citation")}>
                  {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
                </ActionIcon>
              </Tooltip>
            )}
          </CopyButton>
        </Group>
      </Group>
      <Box data-testid="citation">
        {style === "text" ? (
          citations.text
        ) : (
          <Code block style={{ whiteSpace: "pre-wrap" }}>
            {citations[style]}
          </Code>
        )}
      </Box>
    </Card>
  );
}
