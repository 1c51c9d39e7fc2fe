import { Badge } from "@mantine/core";
import { t } from "@/i18n";
import type { ReleaseState } from "@/api/types";

const LOOKS: Record<ReleaseState, { text: string; color: string }> = {
  draft: { text: t("Draft"), color: "gray" },
  building: { text: t("Being built"), color: "petrol" },
  frozen: { text: t("Frozen"), color: "green" },
  failed: { text: t("Failed"), color: "red" },
};

export function ReleaseBadge({ state }: { readonly state: ReleaseState }) {
  return (
    <Badge color={LOOKS[state].color} data-testid="release-state">
      {LOOKS[state].text}
    </Badge>
  );
}
