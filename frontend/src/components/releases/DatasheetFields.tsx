import { Fieldset, Stack, Text, Textarea } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import type { components } from "@/api/schema";

type Datasheet = components["schemas"]["Datasheet"];

/** What only people know of a data set, in the order in which its datasheet asks. */
const QUESTIONS: readonly (readonly [keyof Datasheet, string, string])[] = [
  ["purpose", "Why the data set was made", "To train and to compare methods that find vertebral fractures"],
  ["funding", "Who paid for it", "Grant, institution"],
  ["source", "Where the CTs are from", "Sites, years, how patients were chosen"],
  ["ethics", "Approval and consent", "Who approved it, under which number; whether patients consented"],
  ["limits", "What it should not be used for", "Groups that are missing, known biases"],
  ["upkeep", "Who maintains it", "How to reach them, and for how long"],
];
const MOST_LETTERS = 4000;

export const NOTHING_SAID: Datasheet = { purpose: "", funding: "", source: "", ethics: "", limits: "", upkeep: "" };

interface DatasheetFieldsProps<V extends { datasheet: Datasheet }> {
  readonly form: Pick<UseFormReturnType<V>, "getInputProps">;
}

/** The sentences of a release's datasheet; the rest of it the site fills in. */
export function DatasheetFields<V extends { datasheet: Datasheet }>({ form }: DatasheetFieldsProps<V>) {
  return (
    <Fieldset legend="Datasheet">
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          The release tells how it was made in datasheet.md. What the site cannot know is yours to say; an empty answer
          is said to be untold.
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
