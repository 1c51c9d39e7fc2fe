import { Button, FileInput, Group, Select, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { ANATOMICAL_ORDER } from "@/domain/labels";
import type { Reporting } from "@/state/faults";

const LEVELS = ANATOMICAL_ORDER.map(({ label, name }) => ({ value: String(label), label: name }));

interface FaultFormProps {
  readonly cases: readonly { readonly value: string; readonly label: string }[];
  readonly report: Reporting;
  readonly onDone: () => void;
}

/** What somebody who uses the release found wrong, for its managers. */
export function FaultForm({ cases, report, onDone }: FaultFormProps) {
  const [item, setItem] = useState<string | null>(null);
  const [level, setLevel] = useState<string | null>(null);
  const [text, setText] = useState("");
  const [picture, setPicture] = useState<File | null>(null);
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    if (item === null) return;
    const said = { item_id: item, label: level === null ? null : Number(level), text: text.trim() };
    act(
      report,
      { said, picture },
      {
        onSuccess: ({ refused }) => {
          if (refused === null) notifyDone(t("Those who publish this version read it. The answer stands here."));
          else notifyFailure(refused, t("Reported, but without the picture"));
          onDone();
        },
        onError: (error) => notifyFailure(error, t("Not reported")),
      },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">{t("Only those who publish this version read your report. The answer is shown to you.")}</Text>
        <Select label={t("Case")} data={cases} searchable required value={item} onChange={setItem} />
        <Select
          label={t("Vertebra")}
          placeholder={t("the whole case")}
          data={LEVELS}
          searchable
          clearable
          value={level}
          onChange={setLevel}
        />
        <Textarea
          label={t("What is wrong")}
          autosize
          minRows={3}
          required
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <FileInput
          label={t("Picture")}
          description={t("PNG or JPEG. Only its pixels are kept; take care that they show no name.")}
          accept="image/png,image/jpeg"
          clearable
          value={picture}
          onChange={setPicture}
        />
        <Group justify="flex-end">
          <Button type="submit" disabled={item === null || text.trim() === ""} loading={report.isPending}>
            {t("Report")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
