import { Button, Checkbox, Group, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { t } from "@/i18n";
import { useUnsaved } from "@/components/common/useUnsaved";
import { useWebhookEvents } from "@/state/webhooks";

export interface WebhookSaid {
  address: string;
  events: string[];
}

interface WebhookFormProps {
  readonly slug: string;
  readonly initial: WebhookSaid;
  readonly verb: string;
  readonly pending: boolean;
  readonly onSubmit: (said: WebhookSaid) => void;
  readonly onCancel: () => void;
}

/** The address of another program, and what it is told. */
export function WebhookForm({ slug, initial, verb, pending, onSubmit, onCancel }: WebhookFormProps) {
  const offered = useWebhookEvents(slug).data ?? [];
  const form = useForm<WebhookSaid>({
    initialValues: initial,
    validate: {
      address: (value) => (/^https?:\/\/\S+$/.test(value.trim()) ? null : t("An address that begins with https://")),
      events: (value) => (value.length > 0 ? null : t("Choose at least one")),
    },
  });
  useUnsaved(form.isDirty());
  return (
    <form onSubmit={form.onSubmit(onSubmit)} noValidate>
      <Stack>
        <TextInput
          label={t("Address")}
          placeholder="https://lab.example/spine"
          description={t(
            "Messages are sent there as JSON, signed. It has to be on the internet, or to be allowed by whoever runs the site.",
          )}
          data-testid="webhook-address"
          {...form.getInputProps("address")}
        />
        <Checkbox.Group label={t("Tell it when")} {...form.getInputProps("events")}>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing={6} mt={6} verticalSpacing={6}>
            {offered.map(({ event, title }) => (
              <Checkbox key={event} value={event} label={title} />
            ))}
          </SimpleGrid>
        </Checkbox.Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {t("Cancel")}
          </Button>
          <Button type="submit" loading={pending}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
