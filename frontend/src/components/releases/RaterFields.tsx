import { Checkbox, Fieldset, Stack } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { t } from "@/i18n";

type Field = "rater_masks" | "stable_raters" | "disagreement_maps" | "probability_maps";

type Values = Readonly<Record<Field, boolean>>;

interface RaterFieldsProps<V extends Values> {
  readonly form: Pick<UseFormReturnType<V>, "getInputProps" | "values">;
}

/** What a release holds of single raters, with what each adds and reveals. */
export function RaterFields<V extends Values>({ form }: RaterFieldsProps<V>) {
  const tick = (field: Field) => form.getInputProps(field, { type: "checkbox" });
  return (
    <Fieldset legend={t("Of cases that several people did, each alone")}>
      <Stack gap="sm">
        <Checkbox
          label={t("The mask of each rater")}
          description={t(
            "One more mask for each rater of a case. Shows how each of them works, by a letter that is dealt out anew in each case; no name, mail or time.",
          )}
          data-testid="release-rater-masks"
          {...tick("rater_masks")}
        />
        {form.values.rater_masks && (
          <Checkbox
            ml="xl"
            label={t("The same pseudonym in every case")}
            description={t(
              "Adds nothing in size. Whoever has the files can follow one rater through all cases, and who knows how many cases each did may guess who it is.",
            )}
            {...tick("stable_raters")}
          />
        )}
        <Checkbox
          label={t("Disagreement map")}
          description={t(
            "About one more mask for each case: in each voxel the share of raters whose label differs from the released mask. Shows no single rater.",
          )}
          {...tick("disagreement_maps")}
        />
        <Checkbox
          label={t("Probability map")}
          description={t(
            "About one more mask for each case: in each voxel the share of raters who marked a vertebra. Shows no single rater; of two, each can work out the other.",
          )}
          {...tick("probability_maps")}
        />
      </Stack>
    </Fieldset>
  );
}
