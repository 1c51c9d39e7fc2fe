import { Select, Textarea } from "@mantine/core";
import { t } from "@/i18n";
import type { ExclusionReason, ExclusionWhy } from "@/api/types";
import { EXCLUSION_REASONS } from "./exclusionReasons";

interface ExclusionFieldsProps {
  readonly why: ExclusionWhy;
  readonly onChange: (why: ExclusionWhy) => void;
}

/** Whether enough is said for the record. */
export function isWhySaid({ reason, note = "" }: ExclusionWhy): boolean {
  return reason !== "other" || note.trim() !== "";
}

/** Why a case is excluded, in one of a few words that can be counted, and more where that helps. */
export function ExclusionFields({ why, onChange }: ExclusionFieldsProps) {
  return (
    <>
      <Select
        label={t("Why")}
        description={t("Counted in the flow chart of the data set")}
        allowDeselect={false}
        data={Object.entries(EXCLUSION_REASONS).map(([value, label]) => ({ value, label }))}
        value={why.reason}
        onChange={(reason) => reason !== null && onChange({ ...why, reason: reason as ExclusionReason })}
      />
      <Textarea
        label={t("Note")}
        description={t("Stays on record, for those who manage the project")}
        required={why.reason === "other"}
        autosize
        minRows={2}
        value={why.note ?? ""}
        onChange={(event) => onChange({ ...why, note: event.currentTarget.value })}
      />
    </>
  );
}
