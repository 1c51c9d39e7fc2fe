import { ActionIcon, Tooltip } from "@mantine/core";
import { IconCamera } from "@tabler/icons-react";
import { t } from "@/i18n";
import { notifyFailure } from "@/components/common/notify";
import { saveFile } from "@/components/reports/save";
import { panePicture, panesOnTop } from "./panePicture";

/** "vertebase-2026-11-30-154501.png": nothing of the case, which is in nobody's download folder then. */
function fileName(now: Date): string {
  const [day = "", time = ""] = now.toISOString().split("T");
  return `vertebase-${day}-${time.slice(0, 8).replaceAll(":", "")}.png`;
}

function save(): void {
  const panes = panesOnTop();
  if (!panes) return;
  try {
    panePicture(panes).toBlob((picture) => picture && saveFile(fileName(new Date()), picture), "image/png");
  } catch (error) {
    notifyFailure(error, t("The picture was not saved"));
  }
}

/** The panes as they are, with outlines, rulers and crosshair, as a file. */
export function SavePicture() {
  const label = t("Save what the panes show as a picture");
  return (
    <Tooltip label={label}>
      <ActionIcon size={30} variant="subtle" color="gray" aria-label={label} onClick={save} data-testid="save-picture">
        <IconCamera size={18} />
      </ActionIcon>
    </Tooltip>
  );
}
