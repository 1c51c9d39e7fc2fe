import { Badge, Button, Card, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { t } from "@/i18n";
import { FaultForm } from "@/components/releases/FaultForm";
import { FAULT_STATES } from "@/components/releases/faultStates";
import { type LinkedFault, useLinkedFaults, useReportByLink } from "@/state/faults";
import { formatDate } from "@/state/format";

const place = ({ subject, series }: { readonly subject: string; readonly series: number }) =>
  t("{{subject}}, series {{series}}", { subject, series });

/** Faults that the holder of a link reports, with the answers to them. */
export function LinkedFaults({ secret }: { readonly secret: string }) {
  const told = useLinkedFaults(secret).data;
  const report = useReportByLink(secret);
  const [reporting, form] = useDisclosure();
  if (told === undefined || (told.cases.length === 0 && told.faults.length === 0)) return null;
  const cases = told.cases.map((one) => ({ value: one.item_id, label: place(one) }));
  return (
    <Card padding="lg" mt="lg" component="section" aria-label={t("Reported faults")}>
      <Group justify="space-between" mb="sm">
        <Title order={2}>{t("Reported faults")}</Title>
        <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} onClick={form.open}>
          {t("Report a fault")}
        </Button>
      </Group>
      {told.faults.length === 0 ? (
        <Text c="dimmed">{t("Tell those who publish this version what you find wrong.")}</Text>
      ) : (
        <Stack gap="md">
          {told.faults.map((fault) => (
            <Row key={fault.id} fault={fault} />
          ))}
        </Stack>
      )}
      <Modal opened={reporting} onClose={form.close} title={t("Report a fault")}>
        <FaultForm cases={cases} report={report} onDone={form.close} />
      </Modal>
    </Card>
  );
}

function Row({ fault }: { readonly fault: LinkedFault }) {
  const { level, text, has_picture: shown, state, answer, created_at: at } = fault;
  return (
    <div data-testid="fault">
      <Group gap="xs">
        <Text fw={600}>{place(fault)}</Text>
        {level !== null && <Text fw={600}>{level}</Text>}
        <Badge color={FAULT_STATES[state].color} tt="none">
          {FAULT_STATES[state].name}
        </Badge>
      </Group>
      <Text size="sm">{text}</Text>
      <Text size="xs" c="dimmed">
        {formatDate(at)}
        {shown && ` · ${t("with a picture")}`}
      </Text>
      {answer !== "" && (
        <Text size="sm" c="dimmed">
          {t("Answer: {{answer}}", { answer })}
        </Text>
      )}
    </div>
  );
}
