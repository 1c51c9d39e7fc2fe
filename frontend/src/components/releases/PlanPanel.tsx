import { Alert, Badge, Card, Group, ScrollArea, Select, Stack, Table, Text, Title } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { t } from "@/i18n";
import type { ReleaseDetail, Split } from "@/api/types";
import { act } from "@/components/common/act";
import { notifyFailure } from "@/components/common/notify";
import { TextLink } from "@/components/common/links";
import { QueryState } from "@/components/common/QueryState";
import { nameOf } from "@/domain/labels";
import { count, formatBytes, formatNumber } from "@/state/format";
import { type Plan, type PlanPlace, usePlaceByHand, usePlan } from "@/state/releasePlans";
import { SPLIT_NAMES, SPLITS } from "./fractions";
import { decidedBy, offBy, RULE_TITLES } from "./planWords";

const FAR_OFF = 1.5; // patients or vertebrae: less than that cannot be dealt more evenly
const BY_SEED = "seed";

/** What a draft holds and why: whom its rules leave out, how even its parts are, and places by hand. */
export function PlanPanel({ release }: { readonly release: ReleaseDetail }) {
  const query = usePlan(release.id);
  return (
    <QueryState query={query}>
      {(plan) => (
        <Stack gap="lg">
          {plan.stale && (
            <Alert color="amber" icon={<IconInfoCircle />} title={t("Cases have changed since this was drafted")}>
              {t("What is shown here is what the draft would hold now. Choose Change and save, and it does.")}
            </Alert>
          )}
          {plan.ungraded_vertebrae > 0 && <Ungraded plan={plan} />}
          <LeftOut plan={plan} />
          <OfRaters release={release} raters={plan.raters} />
          <Evenness plan={plan} />
          <Places release={release} places={plan.places} />
        </Stack>
      )}
    </QueryState>
  );
}

/** An empty cell in the table of grades is seen here first, and not by whoever downloads it. */
function Ungraded({ plan }: { readonly plan: Plan }) {
  return (
    <Alert
      color="amber"
      icon={<IconInfoCircle />}
      data-testid="ungraded"
      title={t("{{vertebrae}} without a grade", { vertebrae: count(plan.ungraded_vertebrae, "vertebra", "vertebrae") })}
    >
      <Text size="sm" mb="xs">
        {t(
          "The project grades fractures, and here nobody has graded or said why not. The release would say nothing of them. To have them graded, return the case.",
        )}
      </Text>
      <ScrollArea.Autosize mah={160} viewportProps={{ tabIndex: 0 }}>
        {plan.ungraded.map((row) => (
          <Text size="sm" key={row.case_id}>
            <TextLink to="/cases/$id" params={{ id: row.case_id }}>
              {row.pseudonym}
            </TextLink>
            {": "}
            {row.labels.map(nameOf).join(", ")}
          </Text>
        ))}
      </ScrollArea.Autosize>
    </Alert>
  );
}

/** What masks of single raters and maps add to the archive, where they were asked for. */
function OfRaters({ release, raters }: { readonly release: ReleaseDetail; readonly raters: Plan["raters"] }) {
  const maps = Number(release.disagreement_maps) + Number(release.probability_maps);
  if (!release.rater_masks && maps === 0) return null;
  const bytes = (release.rater_masks ? raters.masks_bytes : 0) + maps * raters.map_bytes;
  return (
    <Text data-testid="plan-raters">
      {t("Several people did {{cases}}, each alone: what the release has of single raters takes about {{size}}.", {
        cases: count(raters.cases, "case", "cases"),
        size: formatBytes(bytes),
      })}
    </Text>
  );
}

function LeftOut({ plan }: { readonly plan: Plan }) {
  return (
    <Card padding="lg" data-testid="left-out">
      <Title order={2} mb="sm">
        {t("Who is in")}
      </Title>
      <Text mb="sm">
        {t("{{cases}} of {{patients}} go in.", {
          cases: count(plan.cases, "case"),
          patients: count(plan.patients, "patient"),
        })}{" "}
        {plan.rules.length === 0 && t("The rules leave out no accepted case.")}
      </Text>
      <Group gap="xs" mb={plan.rules.length > 0 ? "sm" : 0}>
        {plan.rules.map(({ rule, cases }) => (
          <Badge key={rule} color="gray" size="lg" tt="none">
            {RULE_TITLES[rule]}: {cases}
          </Badge>
        ))}
      </Group>
      {plan.left_out.length > 0 && (
        <ScrollArea.Autosize mah={260} viewportProps={{ tabIndex: 0 }}>
          <Table verticalSpacing={4} stickyHeader fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("Patient")}</Table.Th>
                <Table.Th>{t("Series")}</Table.Th>
                <Table.Th>{t("Why it is left out")}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {plan.left_out.map((row) => (
                <Table.Tr key={row.case_id}>
                  <Table.Td>{row.pseudonym}</Table.Td>
                  <Table.Td className="tabular">{row.series}</Table.Td>
                  <Table.Td>{row.why}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea.Autosize>
      )}
    </Card>
  );
}

function Evenness({ plan }: { readonly plan: Plan }) {
  return (
    <Card padding="lg">
      <Title order={2}>{t("How even the parts are")}</Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t(
          "In each part what it has, and in brackets what its share asks for. Series, patients or vertebrae, as the row says. Tests of these are in Statistics.",
        )}
      </Text>
      <ScrollArea.Autosize mah={420} viewportProps={{ tabIndex: 0 }}>
        <Table verticalSpacing={4} stickyHeader fz="sm" className="tabular" data-testid="balance">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("What")}</Table.Th>
              <Table.Th ta="right">{t("All")}</Table.Th>
              {SPLITS.map((split) => (
                <Table.Th key={split} ta="right">
                  {SPLIT_NAMES[split]}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {plan.balance.map((row) => (
              <Table.Tr key={`${row.kind} ${row.name}`}>
                <Table.Td>
                  {row.kind}: {row.name}{" "}
                  {offBy(row) >= FAR_OFF && (
                    <Badge color="amber" size="sm" tt="none">
                      {t("uneven")}
                    </Badge>
                  )}
                </Table.Td>
                <Table.Td ta="right">{formatNumber(row.total)}</Table.Td>
                {SPLITS.map((split) => (
                  <Table.Td key={split} ta="right">
                    {formatNumber(row.splits[split] ?? 0)}{" "}
                    <Text span size="xs" c="dimmed">
                      ({formatNumber(row.wanted[split] ?? 0, 1)})
                    </Text>
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
    </Card>
  );
}

function Places({ release, places }: { readonly release: ReleaseDetail; readonly places: readonly PlanPlace[] }) {
  return (
    <Card padding="lg">
      <Title order={2}>{t("Place patients by hand")}</Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t(
          "What you place stays, also when the draft is changed; the seed deals out the others around it. What an earlier version made public never becomes a secret test, and the other way round.",
        )}
      </Text>
      <ScrollArea.Autosize mah={420} viewportProps={{ tabIndex: 0 }}>
        <Table verticalSpacing={4} stickyHeader fz="sm" data-testid="places">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Patient")}</Table.Th>
              <Table.Th ta="right">{t("Series")}</Table.Th>
              <Table.Th>{t("Part")}</Table.Th>
              <Table.Th>{t("Decided")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {places.map((place) => (
              <Table.Tr key={place.subject}>
                <Table.Td>{place.subject}</Table.Td>
                <Table.Td ta="right" className="tabular">
                  {place.series}
                </Table.Td>
                <Table.Td>
                  <PlaceSelect release={release} place={place} />
                </Table.Td>
                <Table.Td>{decidedBy(place)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
    </Card>
  );
}

function PlaceSelect({ release, place }: { readonly release: ReleaseDetail; readonly place: PlanPlace }) {
  const move = usePlaceByHand(release.id);
  const choices = SPLITS.map((split) => ({ value: split as string, label: SPLIT_NAMES[split] }));
  const undo = place.decided_by === "hand" ? [{ value: BY_SEED, label: t("Leave it to the seed") }] : [];
  const choose = (value: string | null) => {
    if (value === null || value === place.split) return;
    const split = value === BY_SEED ? null : (value as Split);
    act(move, { [place.subject]: split }, { onError: (error) => notifyFailure(error, t("Not moved")) });
  };
  return (
    <Select
      size="xs"
      maw={220}
      aria-label={t("Part of {{subject}}", { subject: place.subject })}
      data={[...choices, ...undo]}
      value={place.split}
      allowDeselect={false}
      disabled={move.isPending}
      onChange={choose}
    />
  );
}
