import { Alert, Anchor, Stack, Text } from "@mantine/core";
import { t } from "@/i18n";
import { inWords } from "@/state/outbox/acts";
import { useKeptWork } from "@/state/outbox/background";
import { journal } from "@/state/outbox/journal";

/** What was done offline and is not with the server yet. It is sent from any page; edits of masks are looked at first. */
export function KeptWorkNote({ userId }: { readonly userId: string }) {
  const { mine, ofOthers } = useKeptWork(journal, userId);
  if (mine.length === 0 && ofOthers.length === 0) return null;
  return (
    <Alert color="amber" mb="md" title={t("Kept in this browser")} data-testid="kept-work">
      <Stack gap={4}>
        {mine.map(({ assignmentId, acts, refusals }) => (
          <Text key={assignmentId} size="sm">
            {inWords(acts)}
            {refusals.length > 0
              ? t(" (not taken: {{refusals}})", { refusals: refusals.join(" ") })
              : acts.some(({ kind }) => kind === "edit")
                ? t(", to be looked at and sent:")
                : t(", being sent:")}{" "}
            <Anchor underline="always" href={`/assignments/${assignmentId}`}>
              {t("open the case")}
            </Anchor>
          </Text>
        ))}
        {ofOthers.length > 0 && (
          <Text size="sm">
            {t("Of another account: {{ofOthers}}. It is sent when that person signs in here again.", {
              ofOthers: inWords(ofOthers),
            })}
          </Text>
        )}
      </Stack>
    </Alert>
  );
}
