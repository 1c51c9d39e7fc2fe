import { Alert, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { assignments, type Measurement } from "@/api/assignments";
import { ApiError } from "@/api/errors";
import { flagText, suggestionText } from "./measuredText";
import styles from "./workstation.module.css";

interface Props {
  readonly assignmentId: string;
  readonly label: number;
  /** The server has an answer for this vertebra; only then does it tell what the heights suggest. */
  readonly answered: boolean;
}

/** Heights of the vertebra in hand, and what they suggest once the reader has answered. */
export function Measured({ assignmentId, label, answered }: Props) {
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ["assignment", assignmentId, "measurements", label, answered],
    queryFn: () => assignments.measurement(assignmentId, label),
    placeholderData: (previous: Measurement | undefined) => (previous?.label === label ? previous : undefined),
    retry: (count, failed) => count < 1 && !(failed instanceof ApiError && failed.kind === "not_found"),
  });
  if (error instanceof ApiError && error.kind === "not_found") return null;
  if (error) return <Text size="xs" c="dimmed">The heights cannot be told just now.</Text>;
  if (data === undefined) return <Skeleton h={58} aria-label="Measuring" />;
  return (
    <div className={styles["rowItem"]} style={{ opacity: isPlaceholderData ? 0.6 : 1 }} data-testid="measured">
      <Heights measured={data} />
      {data.flags.length > 0 && (
        <Text size="xs" c="amber" mt={4}>
          {data.flags.map(flagText).join("; ")}
        </Text>
      )}
      {data.suggestion ? (
        <Alert color="petrol" p="xs" mt={6} data-testid="suggestion">
          {suggestionText(data.suggestion)}
        </Alert>
      ) : (
        <Text size="xs" c="dimmed" mt={4}>
          What the heights suggest is shown after your answer.
        </Text>
      )}
    </div>
  );
}

function Heights({ measured }: { readonly measured: Measurement }) {
  const heights = [
    ["front", measured.anterior_mm],
    ["middle", measured.middle_mm],
    ["back", measured.posterior_mm],
  ] as const;
  if (measured.anterior_mm === null) return <Text size="sm">The heights could not be measured.</Text>;
  return (
    <Group gap="sm" wrap="nowrap" justify="space-between" style={{ whiteSpace: "nowrap" }}>
      {heights.map(([name, height]) => (
        <Stack key={name} gap={0}>
          <Text size="xs" c="dimmed">
            {name}
          </Text>
          <Text size="sm" className="tabular">
            {height?.toFixed(1) ?? "–"} mm
          </Text>
        </Stack>
      ))}
      {measured.hu_mean !== null && (
        <Stack gap={0}>
          <Text size="xs" c="dimmed">
            bone
          </Text>
          <Text size="sm" className="tabular">
            {measured.hu_mean.toFixed(0)} HU
          </Text>
        </Stack>
      )}
    </Group>
  );
}
