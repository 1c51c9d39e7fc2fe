import { Badge } from "@mantine/core";
import type { ReleaseState } from "@/api/types";

const LOOKS: Record<ReleaseState, { text: string; color: string }> = {
  draft: { text: "Draft", color: "gray" },
  building: { text: "Being built", color: "petrol" },
  frozen: { text: "Frozen", color: "green" },
  failed: { text: "Failed", color: "red" },
};

export function ReleaseBadge({ state }: { readonly state: ReleaseState }) {
  return (
    <Badge color={LOOKS[state].color} data-testid="release-state">
      {LOOKS[state].text}
    </Badge>
  );
}
