import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, Card, Checkbox, Group, Select, Stack, Table, TagsInput, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { QueryState } from "@/components/common/QueryState";
import { useUnsaved } from "@/components/common/useUnsaved";
import { FIELD_NAMES, type FieldName, type GradingField, type Needed } from "@/domain/grading";
import { type GradingSchema, useGradingSchema, useSetGradingSchema } from "@/state/rules";
import { optionsFrom } from "./schemaOptions";

const NEEDED: readonly { value: Needed; label: string }[] = [
  { value: "never", label: t("if there is something") },
  { value: "fracture", label: t("for each fracture") },
  { value: "always", label: t("for each vertebra") },
];
/** An answer is a grade with a type, or a reason for none: these two stay. */
const FIXED: ReadonlySet<FieldName> = new Set(["fracture_type", "not_gradable_reason"]);
/** Answers that a project may name itself. */
const OPEN: ReadonlySet<FieldName> = new Set(["not_gradable_reason", "deformity"]);

/** What readers are asked of each vertebra beside its Genant grade. */
export function GradingSchemaEditor({ slug }: { readonly slug: string }) {
  return (
    <QueryState query={useGradingSchema(slug)}>
      {({ schema, shipped }) => <Form key={JSON.stringify(schema)} slug={slug} schema={schema} shipped={shipped} />}
    </QueryState>
  );
}

interface FormProps {
  readonly slug: string;
  readonly schema: GradingSchema;
  readonly shipped: readonly { readonly key: string; readonly schema: GradingSchema }[];
}

function Form({ slug, schema, shipped }: FormProps) {
  const update = useSetGradingSchema(slug);
  const [own, setOwn] = useState(schema);
  useUnsaved(own !== schema);
  const change = (name: string, next: Partial<GradingField>) =>
    setOwn((now) => ({
      ...now,
      fields: now.fields.map((field) =>
        field.name === name ? { ...field, ...next, options: [...(next.options ?? field.options)] } : field,
      ),
    }));
  const save = () =>
    act(update, own, {
      onSuccess: () => notifyDone(t("Saved. It holds for answers given from now on.")),
      onError: (error) => notifyFailure(error, t("Not saved")),
    });
  return (
    <Card padding="lg" maw={960} data-testid="grading-schema">
      <Stack>
        <Group align="flex-end">
          <TextInput
            label={t("Name of the form")}
            w={360}
            value={own.title}
            onChange={(event) => setOwn({ ...own, title: event.currentTarget.value })}
          />
          {shipped.map((one) => (
            <Button key={one.key} variant="default" onClick={() => setOwn(one.schema)}>
              {one.schema.title}
            </Button>
          ))}
        </Group>
        <Text size="sm" c="dimmed">
          {t(
            "The Genant grade (0 to 3) of T1 to L6 is always asked; cervical vertebrae are not applicable. Answers that stand keep what they said.",
          )}
        </Text>
        <Table.ScrollContainer minWidth={300}>
          <Table verticalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("Asked")}</Table.Th>
                <Table.Th>{t("Needed")}</Table.Th>
                <Table.Th>{t("Answers")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {own.fields.map((field) => (
                <FieldRow key={field.name} field={field} onChange={(next) => change(field.name, next)} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        <Group justify="flex-end">
          <Button onClick={save} disabled={own === schema} loading={update.isPending}>
            {t("Save form")}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}

function FieldRow({
  field,
  onChange,
}: {
  readonly field: GradingField;
  readonly onChange: (next: Partial<GradingField>) => void;
}) {
  const name = FIELD_NAMES[field.name];
  return (
    <Table.Tr>
      <Table.Td w={240}>
        <Checkbox
          label={name}
          checked={field.asked}
          disabled={FIXED.has(field.name)}
          onChange={(event) =>
            onChange(event.currentTarget.checked ? { asked: true } : { asked: false, needed: "never" })
          }
        />
      </Table.Td>
      <Table.Td w={200}>
        {field.asked && field.name !== "not_gradable_reason" && field.name !== "transitional" && (
          <Select
            aria-label={t("{{name}} is needed", { name })}
            size="xs"
            allowDeselect={false}
            data={NEEDED}
            value={field.needed}
            onChange={(needed) => needed && onChange({ needed })}
          />
        )}
      </Table.Td>
      <Table.Td>
        {field.asked && OPEN.has(field.name) ? (
          <TagsInput
            aria-label={t("Answers to {{name}}", { name })}
            size="xs"
            value={field.options.map(({ title }) => title)}
            onChange={(titles) => onChange({ options: optionsFrom(titles, field.options) })}
          />
        ) : (
          <Text size="sm" c="dimmed">
            {field.options.map(({ title }) => title).join(", ")}
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
