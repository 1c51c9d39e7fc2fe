import { Box, Center } from "@mantine/core";
import { IconBone } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";

interface ThumbnailProps {
  readonly url: string | null | undefined;
  readonly alt: string;
  readonly width?: number;
  readonly height?: number;
}

/** A sagittal preview on black, as in a reading room; an icon where there is no picture yet. */
export function Thumbnail({ url, alt, width = 56, height = 72 }: ThumbnailProps) {
  const [failed, setFailed] = useState<string | null>(null);
  const shown = url != null && url !== failed;
  return (
    <Box
      w={width}
      h={height}
      bg="black"
      style={{ borderRadius: 6, overflow: "hidden", flex: "none", border: "1px solid var(--vb-line)" }}
    >
      {shown ? (
        <img
          src={url}
          alt={alt}
          width={width}
          height={height}
          loading="lazy"
          decoding="async"
          style={{ objectFit: "contain", display: "block" }}
          onError={() => setFailed(url)}
        />
      ) : (
        <Center h="100%" c="gray.6" role="img" aria-label={t("{{alt}}: no picture yet", { alt })}>
          <IconBone size={20} stroke={1.3} />
        </Center>
      )}
    </Box>
  );
}
