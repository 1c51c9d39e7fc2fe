import { IconCheck, IconRefreshAlert } from "@tabler/icons-react";
import { t } from "@/i18n";

export type LookedState = "looked" | "changed";

/** Beside a vertebra's name: that it is ticked as looked at, or has changed since. */
export function LookedMark({ state }: { readonly state: LookedState | undefined }) {
  if (state === undefined) return null;
  const text = state === "looked" ? t("looked at") : t("changed since you ticked it");
  const Icon = state === "looked" ? IconCheck : IconRefreshAlert;
  return (
    <span title={text}>
      <Icon
        size={12}
        stroke={3}
        color={state === "looked" ? "#6ee7a8" : "#ffc46b"}
        style={{ verticalAlign: "-2px" }}
        aria-hidden="true"
      />
      <span className="visually-hidden">, {text}</span>
    </span>
  );
}
