import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, FileInput, Group, JsonInput, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useModelActions } from "@/state/models";

const EXAMPLE =
  '{\n  "spacing_mm": [1.5, 1.5, 1.5],\n  "patch": [128, 128, 128],\n  "clip_hu": [-1000, 1900],\n  "mean_hu": 300,\n  "std_hu": 400,\n  "labels": { "1": "L1", "2": "L2" },\n  "version": "1.0"\n}';

interface OnnxFormProps {
  readonly slug: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Registers a network of one's own, exported as ONNX, as a candidate. */
export function OnnxForm({ slug, opened, onClose }: OnnxFormProps) {
  const { register } = useModelActions(slug);
  const form = useForm<{ name: string; file: File | null; about: string }>({
    initialValues: { name: "", file: null, about: EXAMPLE },
    validate: {
      name: (value) => (value.trim() === "" ? t("Give it a name") : null),
      file: (value) => (value === null ? t("Choose the .onnx file") : null),
      about: (value) => (isJson(value) ? null : t("This is not JSON")),
    },
  });
  const submit = form.onSubmit(({ name, file, about }) => {
    if (file === null) return;
    act(
      register,
      { name: name.trim(), file, about },
      {
        onSuccess: () => {
          notifyDone(t("Registered as a candidate. Compare it with the model in use before you promote it."));
          form.reset();
          onClose();
        },
        onError: (error) => notifyFailure(error, t("Not registered")),
      },
    );
  });
  return (
    <Modal opened={opened} onClose={onClose} title={t("Register an ONNX network")} size="lg">
      <form onSubmit={submit} noValidate>
        <Stack>
          <Text size="sm" c="dimmed">
            {t(
              "It takes one channel of a CT (1, 1, x, y, z) and gives a score for each class. The description says how the CT is resampled and which class is which vertebra.",
            )}
          </Text>
          <TextInput label={t("Name")} data-autofocus {...form.getInputProps("name")} />
          <FileInput label={t("Network")} accept=".onnx" placeholder="model.onnx" {...form.getInputProps("file")} />
          <JsonInput label={t("Description")} autosize minRows={8} maxRows={16} {...form.getInputProps("about")} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("Cancel")}
            </Button>
            <Button type="submit" loading={register.isPending}>
              {t("Register")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
