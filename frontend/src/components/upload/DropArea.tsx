import { Button, Group, Stack, Text } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { notifications } from "@mantine/notifications";
import { IconCloudUpload, IconFile, IconFolder } from "@tabler/icons-react";
import { useRef } from "react";
import { t } from "@/i18n";
import { Rich } from "@/i18n/Rich";
import { type ChosenFile, chooseFiles } from "@/state/uploads/files";

interface DropAreaProps {
  readonly onFiles: (files: ChosenFile[]) => void;
  /** Another upload is on its way: these files come after it. */
  readonly queued?: boolean;
}

/** Takes folders, zips and files, by drop or by picker. */
export function DropArea({ onFiles, queued = false }: DropAreaProps) {
  const openRef = useRef<() => void>(null);
  const folderRef = useRef<HTMLInputElement>(null);
  const take = (files: readonly File[]) => {
    const { chosen, skipped } = chooseFiles(files);
    if (skipped > 0) {
      notifications.show({
        color: "gray",
        message: t("{{skipped}} files of the operating system were left out.", { skipped }),
      });
    }
    if (chosen.length > 0) onFiles(chosen);
    else
      notifications.show({ color: "amber", title: t("Nothing to upload"), message: t("No usable file was dropped.") });
  };
  return (
    <Dropzone
      onDrop={take}
      openRef={openRef}
      activateOnClick={false}
      activateOnKeyboard={false}
      useFsAccessApi={false}
      p={queued ? 20 : 48}
      radius="lg"
      aria-label={t("Drop folders, zips or files here")}
      data-testid="drop-area"
      inputProps={{ "aria-label": t("Files to upload") }}
    >
      <Stack align="center" gap="md" style={{ pointerEvents: "none" }}>
        <IconCloudUpload
          size={queued ? 32 : 52}
          stroke={1.2}
          color="var(--mantine-primary-color-filled)"
          aria-hidden="true"
        />
        <div style={{ textAlign: "center" }}>
          <Text fz={queued ? "md" : "xl"} fw={600}>
            {queued ? t("Drop the next CTs here") : t("Drop CTs here")}
          </Text>
          <Text c="dimmed" maw={560} mt={4}>
            {queued ? t("They are sent when this upload has arrived.") : <WhatIsTaken />}
          </Text>
        </div>
        <Group style={{ pointerEvents: "auto" }}>
          <Button
            variant="default"
            leftSection={<IconFolder size={16} />}
            onClick={() => folderRef.current?.click()}
            data-testid="choose-folder"
          >
            {t("Choose a folder")}
          </Button>
          <Button variant="default" leftSection={<IconFile size={16} />} onClick={() => openRef.current?.()}>
            {t("Choose files")}
          </Button>
        </Group>
      </Stack>
      <input
        ref={folderRef}
        type="file"
        multiple
        hidden
        aria-label={t("Folder to upload")}
        data-testid="folder-input"
        {...{ webkitdirectory: "" }}
        onClick={(event) => event.stopPropagation()}
        onChange={(event) => {
          take([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </Dropzone>
  );
}

function WhatIsTaken() {
  return (
    <>
      <Rich
        text="DICOM folders or zips, NIfTI volumes, and masks beside them (named like the CT with <1>_seg</1>, <2>_msk</2> or <3>mask</3>; a 3D Slicer colour table or ITK-SNAP label file beside them names their numbers); sex and age for NIfTI from a <4>participants.tsv</4>. Names, dates and numbers of patients are removed before anything is stored."
        parts={[
          (inner) => <b>{inner}</b>,
          (inner) => <b>{inner}</b>,
          (inner) => <b>{inner}</b>,
          (inner) => <b>{inner}</b>,
        ]}
      />
    </>
  );
}
