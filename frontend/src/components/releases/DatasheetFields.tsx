import { Fieldset, Stack, Text, Textarea } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { t } from "@/i18n";
import type { components } from "@/api/schema";

type Datasheet = components["schemas"]["Datasheet"];

/** What only people know of a data set, in the order in which its datasheet asks. */
const QUESTIONS: readonly (readonly [keyof Datasheet, string, string])[] = [
  ["purpose", t("Why the data set was made"), t("To train and to compare methods that find vertebral fractures")],
  ["funding", t("Who paid for it"), t("Grant, institution")],
  ["source", t("Where the CTs are from"), t("Sites, years, how patients were chosen")],
  ["ethics", t("Approval and consent"), t("Who approved it, under which number; whether patients consented")],
  ["limits", t("What it should not be used for"), t("Groups that are missing, known biases")],
  ["upkeep", t("Who maintains it"), t("How to reach them, and for how long")],
];
const MOST_LETTERS = 4000;

export const NOTHING_SAID: Datasheet = { purpose: "", funding: "", source: "", ethics: "", limits: "", upkeep: "" };

interface DatasheetFieldsProps<V extends { datasheet: Datasheet }> {
  readonly form: Pick<UseFormReturnType<V>, "getInputProps">;
}

/** The sentences of a release's datasheet; the rest of it the site fills in. */
export function DatasheetFields<V extends { datasheet: Datasheet }>({ form }: DatasheetFieldsProps<V>) {
  return (
    <Fieldset legend={t("Datasheet")}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t(
            "The release tells how it was made in datasheet.md. What the site cannot know is yours to say; an empty answer is said to be untold.",
          )}
        </Text>
        {QUESTIONS.map(([key, label, placeholder]) => (
          <Textarea
            key={key}
            label={label}
            placeholder={placeholder}
            autosize
            minRows={1}
            maxRows={8}
            maxLength={MOST_LETTERS}
            {...form.getInputProps(`datasheet.${key}`)}
          />
        ))}
      </Stack>
    </Fieldset>
  );
}
