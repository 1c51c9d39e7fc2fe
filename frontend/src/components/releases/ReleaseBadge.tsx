import { Badge } from "@mantine/core";
import type { Release } from "@/api/types";

const LOOKS: Record<Release["state"], { text: string; color: string }> = {
  draft: { text: "Draft", color: "gray" },
  building: { text: "Being built", color: "petrol" },
  frozen: { text: "Frozen", color: "green" },
  failed: { text: "Failed", color: "red" },
};

export function ReleaseBadge({ state }: { readonly state: Release["state"] }) {
  return (
    <Badge color={LOOKS[state].color} data-testid="release-state">
      {LOOKS[state].text}
    </Badge>
  );
}
