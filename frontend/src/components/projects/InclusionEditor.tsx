import { answered, t } from "@/i18n";
import { act } from "@/components/common/act";
import { Alert, Button, Card, Group, NumberInput, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { QueryState } from "@/components/common/QueryState";
import { useUnsaved } from "@/components/common/useUnsaved";
import { type InclusionRule, useInclusionRules, useSetInclusionRules } from "@/state/rules";
import { type RuleValue, parameterName, parseParameter, shownParameter } from "./ruleParameters";

/** The study's inclusion rules: which are asked, and with which numbers. */
export function InclusionEditor({ slug }: { readonly slug: string }) {
  return (
    <QueryState query={useInclusionRules(slug)}>
      {(rules) => <Form key={JSON.stringify(rules)} slug={slug} rules={rules} />}
    </QueryState>
  );
}

function Form({ slug, rules }: { readonly slug: string; readonly rules: readonly InclusionRule[] }) {
  const update = useSetInclusionRules(slug);
  const [own, setOwn] = useState(rules);
  useUnsaved(own !== rules);
  const change = (id: string, next: Partial<InclusionRule>) =>
    setOwn((all) => all.map((rule) => (rule.id === id ? { ...rule, ...next } : rule)));
  const save = () =>
    act(update, own, {
      onSuccess: () => notifyDone(t("Saved. Every series was checked by these rules.")),
      onError: (error) => notifyFailure(error, t("Not saved")),
    });
  const asked = own.filter((rule) => rule.enabled).length;
  return (
    <Stack maw={860} data-testid="inclusion-rules">
      <Alert color="gray">
        {t(
          "A series that fails a rule gets no tasks and is neither counted nor released until a manager waives the rule with a reason, in the series' details. What is not known keeps nothing out; it can be said by hand. Where both I1 and I2 are set, one of them is enough.",
        )}
      </Alert>
      {own.map((rule) => (
        <RuleCard key={rule.id} rule={rule} onChange={(next) => change(rule.id, next)} />
      ))}
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {asked === 0
            ? t("No rules set: every series comes in.")
            : t("{{asked}} of {{own}} rules set.", { asked, own: own.length })}
        </Text>
        <Button onClick={save} disabled={own === rules} loading={update.isPending}>
          {t("Save rules")}
        </Button>
      </Group>
    </Stack>
  );
}

function RuleCard({
  rule,
  onChange,
}: {
  readonly rule: InclusionRule;
  readonly onChange: (next: Partial<InclusionRule>) => void;
}) {
  const set = (name: string, value: RuleValue) => onChange({ parameters: { ...rule.parameters, [name]: value } });
  const parameters = Object.entries(rule.parameters);
  return (
    <Card padding="md">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div>
          <Text fw={600}>
            {rule.id} {answered(rule.title)}
          </Text>
          <Text size="sm" c="dimmed">
            {answered(rule.text)}
          </Text>
        </div>
        <Switch
          aria-label={t("Set rule {{id}}, {{title}}", { id: rule.id, title: answered(rule.title) })}
          checked={rule.enabled}
          onChange={(event) => onChange({ enabled: event.currentTarget.checked })}
        />
      </Group>
      {rule.enabled && parameters.length > 0 && (
        <Group mt="sm" align="flex-end">
          {parameters.map(([name, value]) => (
            <ParameterField key={name} name={name} value={value} onChange={(next) => set(name, next)} />
          ))}
        </Group>
      )}
    </Card>
  );
}

interface FieldProps {
  readonly name: string;
  readonly value: RuleValue;
  readonly onChange: (value: RuleValue) => void;
}

function ParameterField({ name, value, onChange }: FieldProps) {
  const [text, setText] = useState(() => shownParameter(value));
  if (typeof value === "boolean")
    return (
      <Switch label={parameterName(name)} checked={value} onChange={(event) => onChange(event.currentTarget.checked)} />
    );
  if (typeof value === "number")
    return (
      <NumberInput
        label={parameterName(name)}
        size="xs"
        w={140}
        value={value}
        onChange={(next) => typeof next === "number" && onChange(next)}
      />
    );
  return (
    <TextInput
      label={parameterName(name)}
      size="xs"
      w={typeof value === "string" ? 180 : 340}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        onChange(parseParameter(event.currentTarget.value, value));
      }}
    />
  );
}
