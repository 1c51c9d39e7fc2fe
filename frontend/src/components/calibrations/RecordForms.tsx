import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, Group, Modal, NumberInput, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { DateInput } from "@mantine/dates";
import { useForm } from "@mantine/form";
import type { ReactNode } from "react";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { type Calibration, type Phase, useCalibrationActions } from "@/state/measurements";
import { lineText, PHASE_OPTIONS } from "./names";

const needed = (value: string | null) => (value === null || value.trim() === "" ? t("Needed") : null);

interface RecordFormProps {
  readonly slug: string;
  readonly record: Calibration | null;
  readonly onClose: () => void;
}

/** What makes a candidate count: phantom, source and the time in which it holds. */
export function VerifyForm({ slug, record, onClose }: RecordFormProps) {
  return (
    <Modal opened={record !== null} onClose={onClose} title={t("Verify the calibration")}>
      {record !== null && <Verification slug={slug} record={record} onClose={onClose} />}
    </Modal>
  );
}

function Verification({ slug, record, onClose }: RecordFormProps & { readonly record: Calibration }) {
  const { verify } = useCalibrationActions(slug);
  const form = useForm({
    initialValues: {
      phantom: record.phantom,
      source: record.source,
      valid_from: record.valid_from,
      valid_to: record.valid_to,
      note: record.note,
    },
    validate: { phantom: needed, source: needed, valid_from: needed },
  });
  const submit = form.onSubmit(({ valid_from, ...rest }) => {
    act(
      verify,
      { id: record.id, body: { ...rest, valid_from: valid_from ?? "" } },
      {
        onSuccess: () => {
          notifyDone(t("The record counts from now on."));
          onClose();
        },
        onError: (error) => notifyFailure(error, t("The record was not verified")),
      },
    );
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Text size="sm">
          {t(
            "{{scanner_model}}, {{kvp}} kVp: {{record}}. Verify only what was measured for this scanner: bone densities are computed with it at once.",
            { scanner_model: record.scanner_model, kvp: record.kvp, record: lineText(record) },
          )}
        </Text>
        <TextInput label={t("Phantom")} withAsterisk {...form.getInputProps("phantom")} />
        <Textarea label={t("Source of the numbers")} withAsterisk autosize {...form.getInputProps("source")} />
        <Group grow align="flex-start">
          <DateInput label={t("Holds from")} withAsterisk {...form.getInputProps("valid_from")} />
          <DateInput label={t("to")} clearable {...form.getInputProps("valid_to")} />
        </Group>
        <Textarea label={t("Note")} autosize {...form.getInputProps("note")} />
        <Buttons onClose={onClose} busy={verify.isPending}>
          {t("Verify")}
        </Buttons>
      </Stack>
    </form>
  );
}

export function RetireForm({ slug, record, onClose }: RecordFormProps) {
  const { retire } = useCalibrationActions(slug);
  const form = useForm({ initialValues: { note: "" }, validate: { note: needed } });
  const submit = form.onSubmit(({ note }) => {
    if (record === null) return;
    act(
      retire,
      { id: record.id, note },
      {
        onSuccess: () => {
          form.reset();
          onClose();
        },
        onError: (error) => notifyFailure(error, t("The record was not retired")),
      },
    );
  });
  return (
    <Modal opened={record !== null} onClose={onClose} title={t("Retire the calibration")}>
      <form onSubmit={submit} noValidate>
        <Stack>
          <Text size="sm">{t("Densities that rest on it are no longer shown. The record stays in the list.")}</Text>
          <Textarea label={t("Why")} withAsterisk autosize data-autofocus {...form.getInputProps("note")} />
          <Buttons onClose={onClose} busy={retire.isPending}>
            {t("Retire")}
          </Buttons>
        </Stack>
      </form>
    </Modal>
  );
}

interface NewRecordProps {
  readonly slug: string;
  readonly scanner: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Enters a record by hand. It is a candidate until it is verified. */
export function NewRecordForm({ slug, scanner, opened, onClose }: NewRecordProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={t("Enter a calibration")}>
      {opened && <NewRecord slug={slug} scanner={scanner} onClose={onClose} />}
    </Modal>
  );
}

function NewRecord({ slug, scanner, onClose }: Omit<NewRecordProps, "opened">) {
  const { enter } = useCalibrationActions(slug);
  const form = useForm({
    initialValues: {
      kind: "density" as Calibration["kind"],
      scanner_model: scanner,
      kvp: "" as number | "",
      phase: "none" as Phase,
      kernel: "",
      slope: "" as number | "",
      intercept: "" as number | "",
      phantom: "",
      source: "",
    },
    validate: {
      scanner_model: needed,
      kvp: (value) => (value === "" ? t("Needed") : null),
      slope: (value) => (value === "" || value <= 0 ? t("A number over 0") : null),
      intercept: (value) => (value === "" ? t("Needed") : null),
      phase: (value, { kind }) => (kind === "contrast" && value === "none" ? t("The phase that it corrects") : null),
    },
  });
  const submit = form.onSubmit(({ kvp, slope, intercept, ...rest }) => {
    act(
      enter,
      { ...rest, kvp: Number(kvp), slope: Number(slope), intercept: Number(intercept) },
      { onSuccess: onClose, onError: (error) => notifyFailure(error, t("The record was not kept")) },
    );
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Select
          label={t("What it does")}
          allowDeselect={false}
          data={[
            { value: "density", label: t("HU to bone density (mg/cm³)") },
            { value: "contrast", label: t("HU with contrast to HU without") },
          ]}
          {...form.getInputProps("kind")}
        />
        <TextInput
          label={t("Scanner")}
          description={t("Maker and model, exactly as in the list of series")}
          withAsterisk
          {...form.getInputProps("scanner_model")}
        />
        <Group grow align="flex-start">
          <NumberInput label={t("Tube voltage, kVp")} withAsterisk hideControls {...form.getInputProps("kvp")} />
          <Select
            label={t("Contrast phase")}
            allowDeselect={false}
            data={PHASE_OPTIONS}
            {...form.getInputProps("phase")}
          />
        </Group>
        <TextInput
          label={t("Kernel")}
          description={t("Leave it empty if it holds for any")}
          {...form.getInputProps("kernel")}
        />
        <Group grow align="flex-start">
          <NumberInput label={t("Slope")} withAsterisk hideControls {...form.getInputProps("slope")} />
          <NumberInput label={t("Intercept")} withAsterisk hideControls {...form.getInputProps("intercept")} />
        </Group>
        <TextInput label={t("Phantom")} {...form.getInputProps("phantom")} />
        <Textarea label={t("Source of the numbers")} autosize {...form.getInputProps("source")} />
        <Buttons onClose={onClose} busy={enter.isPending}>
          Enter
        </Buttons>
      </Stack>
    </form>
  );
}

function Buttons({
  onClose,
  busy,
  children,
}: {
  readonly onClose: () => void;
  readonly busy: boolean;
  readonly children: ReactNode;
}) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onClose}>
        {t("Cancel")}
      </Button>
      <Button type="submit" loading={busy}>
        {children}
      </Button>
    </Group>
  );
}
