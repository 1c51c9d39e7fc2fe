import { decimal, t } from "@/i18n";
import { act } from "@/components/common/act";
import { Alert, Button, Card, Group, NativeSelect, Stack, Table, Text } from "@mantine/core";
import { IconListNumbers } from "@tabler/icons-react";
import { useState } from "react";
import type { HeldMask } from "@/api/types";
import { confirm } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { Thumbnail } from "@/components/common/Thumbnail";
import { LookAtCt } from "@/components/viewing/LookLink";
import { ANATOMICAL_ORDER, nameOf } from "@/domain/labels";
import { useConfirmNumbering, useHeldMasks, useRefuseMask, useTakeBackRefusal } from "@/state/imaging";
import { isChanged, type Levels, levelsOf, problemOf } from "./numbering";

interface HeldMasksProps {
  readonly slug: string;
  /** Only the masks of these series; all of the project where it is left out. */
  readonly series?: readonly string[];
}

const LEVEL_CHOICES = [
  { value: "", label: t("left out") },
  ...ANATOMICAL_ORDER.map(({ label }) => ({ value: String(label), label: nameOf(label) })),
];

/** Masks whose numbers are not plainly VerSe's: each is used once somebody has said what its numbers mean. */
export function HeldMasks({ slug, series }: HeldMasksProps) {
  const { data } = useHeldMasks(slug);
  const shown = data?.filter(({ series_id: id }) => series === undefined || series.includes(id)) ?? [];
  const waiting = shown.filter(({ state }) => state === "waiting");
  const refused = shown.filter(({ state }) => state === "refused");
  return (
    <>
      {waiting.length > 0 && <Waiting slug={slug} waiting={waiting} />}
      {refused.length > 0 && <LeftOut slug={slug} refused={refused} />}
    </>
  );
}

/** Masks that somebody did without, which can be thought over. */
function LeftOut({ slug, refused }: { readonly slug: string; readonly refused: readonly HeldMask[] }) {
  const takeBack = useTakeBackRefusal(slug);
  return (
    <Alert color="gray" icon={<IconListNumbers />} mb="md" title={t("Masks left out")} data-testid="left-out-masks">
      <Stack gap="xs">
        <Text size="sm">
          {t(
            "Their numbers were not read. Read them after all: a case on which nobody has begun starts from the mask then, any other keeps the one that it has.",
          )}
        </Text>
        {refused.map((held) => (
          <Group key={held.id} gap="sm">
            <Text size="sm" fw={500}>
              {t("{{pseudonym}}, series {{series_number}}", {
                pseudonym: held.pseudonym,
                series_number: held.series_number,
              })}
            </Text>
            <Button
              size="compact-sm"
              variant="default"
              loading={takeBack.isPending && takeBack.variables === held.id}
              onClick={() => act(takeBack, held.id, { onError: (error) => notifyFailure(error) })}
              aria-label={t("Read the numbers of {{pseudonym}}, series {{series_number}}", {
                pseudonym: held.pseudonym,
                series_number: held.series_number,
              })}
            >
              {t("Read its numbers")}
            </Button>
          </Group>
        ))}
      </Stack>
    </Alert>
  );
}

function Waiting({ slug, waiting }: { readonly slug: string; readonly waiting: readonly HeldMask[] }) {
  return (
    <Alert
      color="amber"
      icon={<IconListNumbers />}
      mb="md"
      title={
        waiting.length === 1
          ? t("A mask's numbers must be confirmed")
          : t("The numbers of {{waiting}} masks must be confirmed", { waiting: waiting.length })
      }
      data-testid="held-masks"
    >
      <Stack gap="sm">
        <Text size="sm">
          {t(
            "A number means another vertebra in every program. Compare the table with the scan: the mask is used as soon as you say what its numbers are. Until then nothing starts on the scan.",
          )}
        </Text>
        {waiting.map((held) => (
          <Reading key={held.id} slug={slug} held={held} />
        ))}
      </Stack>
    </Alert>
  );
}

function Reading({ slug, held }: { readonly slug: string; readonly held: HeldMask }) {
  const [first] = held.readings;
  const [key, setKey] = useState(first?.key ?? "");
  const reading = held.readings.find((one) => one.key === key) ?? first;
  const [levels, setLevels] = useState<Levels>(reading === undefined ? new Map() : levelsOf(reading));
  const use = useConfirmNumbering(slug);
  const refuse = useRefuseMask(slug);
  if (reading === undefined) return null;
  const problem = problemOf(levels);
  const choose = (next: string) => {
    const chosen = held.readings.find((one) => one.key === next);
    if (chosen === undefined) return;
    setKey(next);
    setLevels(levelsOf(chosen));
  };
  const submit = () =>
    act(
      use,
      { id: held.id, numbering: key, levels: [...levels].map(([number, level]) => ({ number, level })) },
      {
        onSuccess: () => notifyDone(t("The mask is used with these levels.")),
        onError: (error) => notifyFailure(error),
      },
    );
  const leaveOut = () =>
    confirm({
      title: t("Do without this mask?"),
      body: t(
        "The engine of the project makes the first mask instead. You can take this back on the page Series; once somebody has begun on the case, it keeps its mask.",
      ),
      verb: t("Do without it"),
      danger: true,
      onConfirm: () =>
        act(refuse, held.id, {
          onSuccess: () => notifyDone(t("The mask is left out.")),
          onError: (error) => notifyFailure(error),
        }),
    });
  return (
    <Card padding="md" data-testid="held-mask">
      <Group align="flex-start" wrap="nowrap" gap="md">
        <Thumbnail
          url={held.thumbnail_url}
          alt={t("Sagittal preview of {{pseudonym}}", { pseudonym: held.pseudonym })}
          width={92}
          height={124}
        />
        <Stack gap="xs" style={{ flex: 1, minWidth: 0 }}>
          <Group gap="xs">
            <Text fw={600}>
              {t("{{pseudonym}}, series {{series_number}}", {
                pseudonym: held.pseudonym,
                series_number: held.series_number,
              })}
            </Text>
            <LookAtCt
              seriesId={held.series_id}
              label={t("Look at the CT of {{pseudonym}}", { pseudonym: held.pseudonym })}
            >
              {t("Look at the CT")}
            </LookAtCt>
          </Group>
          <NativeSelect
            label={t("Whose numbers they are")}
            value={key}
            onChange={(event) => choose(event.currentTarget.value)}
            data={held.readings.map((one) => ({ value: one.key, label: one.name }))}
            maw={420}
          />
          <Text size="sm">
            {isChanged(levels, reading)
              ? t("Changed by hand.")
              : `${reading.why[0]?.toUpperCase() ?? ""}${reading.why.slice(1)}.`}
          </Text>
          <LevelTable rows={reading.rows} levels={levels} onChange={setLevels} />
          {problem !== null && (
            <Text size="sm" fw={600} role="alert">
              {problem}
            </Text>
          )}
          <Group gap="xs">
            <Button
              onClick={submit}
              disabled={problem !== null}
              loading={use.isPending}
              data-testid="confirm-numbering"
            >
              {t("Use these levels")}
            </Button>
            <Button variant="default" onClick={leaveOut} loading={refuse.isPending}>
              {t("Do without this mask")}
            </Button>
          </Group>
        </Stack>
      </Group>
    </Card>
  );
}

interface LevelTableProps {
  readonly rows: HeldMask["readings"][number]["rows"];
  readonly levels: Levels;
  readonly onChange: (levels: Levels) => void;
}

function LevelTable({ rows, levels, onChange }: LevelTableProps) {
  return (
    <Table.ScrollContainer minWidth={300}>
      <Table verticalSpacing={4} layout="auto">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("Number")}</Table.Th>
            <Table.Th ta="right">{t("Size")}</Table.Th>
            <Table.Th>{t("Level")}</Table.Th>
            <Table.Th>{t("Remark")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ number, volume_ml: ml, level, reason }) => (
            <Table.Tr key={number}>
              <Table.Td className="tabular">{number}</Table.Td>
              <Table.Td ta="right" className="tabular">
                {t("{{ml}} ml", { ml: decimal(ml.toFixed(1)) })}
              </Table.Td>
              <Table.Td>
                <NativeSelect
                  aria-label={t("Level of number {{number}}", { number })}
                  size="xs"
                  value={String(levels.get(number) ?? "")}
                  onChange={(event) => {
                    const { value } = event.currentTarget;
                    onChange(new Map([...levels, [number, value === "" ? null : Number(value)]]));
                  }}
                  data={LEVEL_CHOICES}
                />
              </Table.Td>
              <Table.Td>
                <Text size="sm" c="dimmed">
                  {/* it was said of the level that was proposed */}
                  {levels.get(number) === level ? reason : ""}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
