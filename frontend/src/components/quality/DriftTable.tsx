import { Badge, Button, Group, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { decimal, t } from "@/i18n";
import type { DriftAlarm } from "@/api/types";
import { act } from "@/components/common/act";
import { TextLink } from "@/components/common/links";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { ReasonModal } from "@/components/common/ReasonModal";
import { nameOf } from "@/domain/labels";
import { formatDate, formatPercent } from "@/state/format";
import { useDriftActions } from "@/state/quality";

const FIGURES: Readonly<Record<DriftAlarm["figure"], string>> = {
  dice: t("Dice, accepted mask"),
  level_dice: t("Dice, accepted mask"),
  gold_dice: t("Dice, gold cases"),
  edited: t("Share of the mask edited"),
  minutes: t("Minutes per vertebra"),
};

const STATES: Readonly<Record<DriftAlarm["state"], { readonly text: string; readonly color: string }>> = {
  open: { text: t("Open"), color: "amber" },
  dismissed: { text: t("Dismissed"), color: "gray" },
  retrained: { text: t("Sent to train again"), color: "petrol" },
};

const CASES_SHOWN = 8;

function valueText(figure: DriftAlarm["figure"], value: number): string {
  if (figure === "edited") return formatPercent(value);
  return decimal(value.toFixed(figure === "minutes" ? 1 : 3));
}

type Asked = { readonly alarm: DriftAlarm; readonly how: "dismiss" | "retrain" };

/** Raters whose figures have left their own band, the cases behind that, and what a manager does about it. */
export function DriftTable({ slug, alarms }: { readonly slug: string; readonly alarms: readonly DriftAlarm[] }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  if (alarms.length === 0) return <Text c="dimmed">{t("Nobody has left their own band.")}</Text>;
  return (
    <>
      <Table.ScrollContainer minWidth={720}>
        <Table verticalSpacing="sm" data-testid="drift">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("Rater")}</Table.Th>
              <Table.Th>{t("Figure")}</Table.Th>
              <Table.Th>{t("Before, since")}</Table.Th>
              <Table.Th>{t("Cases")}</Table.Th>
              <Table.Th>{t("State")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {alarms.map((alarm) => (
              <AlarmRow key={alarm.id} alarm={alarm} onAsk={(how) => setAsked({ alarm, how })} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {asked !== null && <SettleModal slug={slug} {...asked} onClose={() => setAsked(null)} />}
    </>
  );
}

interface RowProps {
  readonly alarm: DriftAlarm;
  readonly onAsk: (how: Asked["how"]) => void;
}

function AlarmRow({ alarm, onAsk }: RowProps) {
  const { figure, label, cases } = alarm;
  return (
    <Table.Tr>
      <Table.Td>
        {alarm.rater.name}
        {alarm.trains && (
          <Text size="xs" c="dimmed">
            {t("in training")}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {FIGURES[figure]}
        {label !== null && `, ${nameOf(label)}`}
        <Text size="xs" c="dimmed">
          {alarm.side === "down" ? t("lower than their own band") : t("higher than their own band")}
        </Text>
      </Table.Td>
      <Table.Td>
        {valueText(figure, alarm.mean_before)} → {valueText(figure, alarm.mean_since)}
        <Text size="xs" c="dimmed">
          {t("since {{date}}, after {{values}} values", {
            date: formatDate(alarm.since),
            values: alarm.values_before,
          })}
        </Text>
      </Table.Td>
      <Table.Td>
        <Group gap={6}>
          {cases.slice(-CASES_SHOWN).map(({ id, alias, at }) => (
            <TextLink key={`${id} ${at}`} to="/cases/$id" params={{ id }} size="sm" ff="monospace">
              {alias}
            </TextLink>
          ))}
        </Group>
        {cases.length < alarm.submissions && (
          <Text size="xs" c="dimmed">
            {t("{{submissions}} submissions; not all may be named here", { submissions: alarm.submissions })}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Stack gap={6} align="flex-start">
          <Badge color={STATES[alarm.state].color}>{STATES[alarm.state].text}</Badge>
          {alarm.state === "open" ? (
            <Group gap={6}>
              <Button size="compact-sm" variant="default" onClick={() => onAsk("retrain")}>
                {t("Train again")}
              </Button>
              <Button size="compact-sm" variant="subtle" color="gray" onClick={() => onAsk("dismiss")}>
                {t("Dismiss")}
              </Button>
            </Group>
          ) : (
            <Text size="xs" c="dimmed">
              {alarm.reason} · {alarm.settled_by}, {formatDate(alarm.settled_at)}
            </Text>
          )}
        </Stack>
      </Table.Td>
    </Table.Tr>
  );
}

function SettleModal({ slug, alarm, how, onClose }: Asked & { readonly slug: string; readonly onClose: () => void }) {
  const { settle } = useDriftActions(slug);
  const trains = how === "retrain";
  return (
    <ReasonModal
      title={
        trains
          ? t("Send {{name}} to the training again?", { name: alarm.rater.name })
          : t("Dismiss this warning about {{name}}?", { name: alarm.rater.name })
      }
      description={t("Kept on record.")}
      verb={trains ? t("Send to the training") : t("Dismiss")}
      loading={settle.isPending}
      onClose={onClose}
      onSubmit={(reason) =>
        act(
          settle,
          { id: alarm.id, how, reason },
          {
            onSuccess: () => {
              onClose();
              notifyDone(trains ? t("The training comes next for this person.") : t("The warning is dismissed."));
            },
            onError: (error) => notifyFailure(error, t("Not changed")),
          },
        )
      }
    >
      {trains && (
        <Text size="sm">
          {t("Work in hand stays. The cases of the training come again, and no other task before they are passed.")}
        </Text>
      )}
    </ReasonModal>
  );
}
