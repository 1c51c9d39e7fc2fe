import { Badge } from "@mantine/core";
import { t } from "@/i18n";
import type { ReleaseState, ReleaseSummary } from "@/api/types";

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

const STANDINGS: Record<ReleaseSummary["standing"], { text: string; color: string }> = {
  unpublished: { text: t("Not published"), color: "gray" },
  planned: { text: t("To be published"), color: "amber" },
  published: { text: t("Published"), color: "green" },
  withdrawn: { text: t("Withdrawn"), color: "red" },
};

/** How a frozen release stands towards its readers. */
export function StandingBadge({ standing }: Pick<ReleaseSummary, "standing">) {
  return <Badge color={STANDINGS[standing].color}>{STANDINGS[standing].text}</Badge>;
}
