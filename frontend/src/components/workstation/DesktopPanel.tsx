import { Alert, Button, FileButton, Modal, Radio, ScrollArea, Stack, Text, TextInput } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { IconDownload, IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import { assignments } from "@/api/assignments";
import { ChangesTable } from "./ChangesTable";
import type { ShownFile } from "./returnedMask";
import type { NumbersQuestion, ReturnedMasks } from "./useReturnedMask";

const OTHER = "other";
const TAKEN = ".nii,.nii.gz,.gz,.nrrd";

interface PanelProps {
  readonly assignmentId: string;
  readonly take: ReturnedMasks["take"];
}

/** The way to a program on the desktop, and back. */
export function DesktopPanel({ assignmentId, take }: PanelProps) {
  return (
    <Stack gap="xs">
      <Text size="xs" c="dimmed">
        {t(
          "The zip has the CT and the saved mask: a segmentation with names and colours for 3D Slicer, and NIfTI with a label file for ITK-SNAP.",
        )}
      </Text>
      <Button
        size="xs"
        variant="default"
        component="a"
        href={assignments.desktopUrl(assignmentId)}
        download
        leftSection={<IconDownload size={14} />}
        data-testid="desktop-files"
      >
        {t("Open in 3D Slicer or ITK-SNAP")}
      </Button>
      {take && (
        <>
          <FileButton
            accept={TAKEN}
            onChange={(file) => file && take(file)}
            inputProps={{ "aria-label": t("Edited mask") }}
          >
            {(props) => (
              <Button size="xs" variant="default" leftSection={<IconUpload size={14} />} {...props}>
                {t("Bring an edited mask back")}
              </Button>
            )}
          </FileButton>
          <Text size="xs" c="dimmed">
            {t("Or drop the file (.seg.nrrd, .nii.gz) anywhere on this page. What it changes is shown first.")}
          </Text>
        </>
      )}
    </Stack>
  );
}

/** Where a mask is dropped: the whole page, while a file is held over it. */
export function DropMask({ take }: Pick<PanelProps, "take">) {
  return (
    <Dropzone.FullScreen
      active={take !== null}
      multiple={false}
      onDrop={([file]) => file && take?.(file)}
      useFsAccessApi={false}
      inputProps={{ "aria-label": t("Mask to take in") }}
      data-testid="drop-mask"
    >
      <Stack align="center" justify="center" h={240} style={{ pointerEvents: "none" }}>
        <IconUpload size={48} stroke={1.2} aria-hidden="true" />
        <Text fw={600}>{t("Drop the edited mask here")}</Text>
        <Text c="dimmed">{t(".seg.nrrd or .nii.gz; what it changes is shown first")}</Text>
      </Stack>
    </Dropzone.FullScreen>
  );
}

interface ChangesProps {
  readonly shown: ShownFile;
  readonly spacingMm: readonly [number, number, number];
}

/** What a file would change, level by level, while it is shown over the mask. */
export function ReturnedChanges({ shown, spacingMm: [sx, sy, sz] }: ChangesProps) {
  const { levels, remarks } = shown.change;
  return (
    <ScrollArea.Autosize mah={200} type="auto" data-testid="returned-changes">
      {remarks.map((remark) => (
        <Alert key={remark} color="amber" p={6} mb={4}>
          {remark}
        </Alert>
      ))}
      <ChangesTable changes={{ rows: levels, renames: [] }} voxelMm3={sx * sy * sz} />
    </ScrollArea.Autosize>
  );
}

/** Whose numbers a file holds, where that cannot be told from it. */
export function NumbersDialog({ question }: { readonly question: NumbersQuestion | null }) {
  return (
    <Modal
      opened={question !== null}
      onClose={() => question?.answer(null)}
      title={t("Which levels are these numbers?")}
      data-testid="numbers-dialog"
    >
      {question && <Numbers question={question} />}
    </Modal>
  );
}

function Numbers({ question: { message, readings, answer } }: { readonly question: NumbersQuestion }) {
  const [chosen, setChosen] = useState(readings[0]?.key ?? OTHER);
  const [own, setOwn] = useState("");
  const said = chosen === OTHER ? own.replace(/\s+/g, "") : chosen;
  return (
    <Stack gap="sm">
      <Text size="sm">{message}</Text>
      <Radio.Group value={chosen} onChange={setChosen} label={t("They are")}>
        <Stack gap={8} mt={6}>
          {readings.map(({ key, name, levels }) => (
            <Radio key={key} value={key} label={name} description={levels} />
          ))}
          <Radio value={OTHER} label={t("As I say")} />
        </Stack>
      </Radio.Group>
      {chosen === OTHER && (
        <TextInput
          label={t("Number by number")}
          placeholder="1=L1,2=L2,3=none"
          value={own}
          onChange={(event) => setOwn(event.currentTarget.value)}
        />
      )}
      <Button disabled={said === ""} onClick={() => answer(said)}>
        {t("Show what the file changes")}
      </Button>
    </Stack>
  );
}
