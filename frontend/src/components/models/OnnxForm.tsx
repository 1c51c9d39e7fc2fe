import { act } from "@/components/common/act";
import { Button, FileInput, Group, JsonInput, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { useModelActions } from "@/state/models";

const EXAMPLE = `{
  "spacing_mm": [1.5, 1.5, 1.5],
  "patch": [128, 128, 128],
  "clip_hu": [-1000, 1900],
  "mean_hu": 300,
  "std_hu": 400,
  "labels": { "1": "L1", "2": "L2" },
  "version": "1.0"
}`;

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
      name: (value) => (value.trim() === "" ? "Give it a name" : null),
      file: (value) => (value === null ? "Choose the .onnx file" : null),
      about: (value) => (isJson(value) ? null : "This is not JSON"),
    },
  });
  const submit = form.onSubmit(({ name, file, about }) => {
    if (file === null) return;
    act(
      register,
      { name: name.trim(), file, about },
      {
        onSuccess: () => {
          notifyDone("Registered as a candidate. Compare it with the model in use before you promote it.");
          form.reset();
          onClose();
        },
        onError: (error) => notifyFailure(error, "Not registered"),
      },
    );
  });
  return (
    <Modal opened={opened} onClose={onClose} title="Register an ONNX network" size="lg">
      <form onSubmit={submit} noValidate>
        <Stack>
          <Text size="sm" c="dimmed">
            It takes one channel of a CT (1, 1, x, y, z) and gives a score for each class. The description says how the
            CT is resampled and which class is which vertebra.
          </Text>
          <TextInput label="Name" data-autofocus {...form.getInputProps("name")} />
          <FileInput label="Network" accept=".onnx" placeholder="model.onnx" {...form.getInputProps("file")} />
          <JsonInput label="Description" autosize minRows={8} maxRows={16} {...form.getInputProps("about")} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={register.isPending}>
              Register
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
