import { Anchor, ScrollArea, Text } from "@mantine/core";
import { useState } from "react";
import { answeredReasons, t } from "@/i18n";
import { count, formatBytes } from "@/state/format";
import { uploadFileUrl } from "@/state/imaging";
import { type RefusalGroup, type Refused, shownName } from "./refusals";

interface Props {
  readonly group: RefusalGroup<Refused>;
  /** Managers may have the files back. */
  readonly download?: boolean;
}

/** The files of a group by name, each with its reason where they differ; folded until asked for. */
export function RefusedFiles({ group, download = false }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Anchor
        component="button"
        type="button"
        size="sm"
        display="block"
        ta="left"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {open ? t("Hide the files") : t("Show {{files}}", { files: count(group.files.length, "file") })}
      </Anchor>
      {open && (
        <ScrollArea.Autosize mah={260} mt={4} viewportProps={{ tabIndex: 0 }}>
          {group.files.map((file) => (
            <Text key={file.id} size="sm" style={{ wordBreak: "break-all" }}>
              {download ? (
                <Anchor href={uploadFileUrl(file.id)} download={file.name} size="sm" className="mono">
                  {shownName(file)}
                </Anchor>
              ) : (
                <span className="mono">{shownName(file)}</span>
              )}
              {group.alike ? ` (${formatBytes(file.size_bytes)})` : `: ${answeredReasons(file.reason)}`}
            </Text>
          ))}
        </ScrollArea.Autosize>
      )}
    </>
  );
}
