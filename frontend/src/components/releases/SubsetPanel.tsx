import {
  Alert,
  Button,
  CopyButton,
  Group,
  MultiSelect,
  NumberInput,
  Select,
  Stack,
  TagsInput,
  Text,
  Title,
} from "@mantine/core";
import { IconCheck, IconCopy, IconDownload, IconFilter, IconX } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { t } from "@/i18n";
import { messageOf } from "@/api/errors";
import type { ReleaseDetail } from "@/api/types";
import { count, formatBytes } from "@/state/format";
import { useSubset } from "@/state/releases";
import { archiveTitle } from "./ArchiveRow";
import { EVERY_CASE, fromAddress, queryOf, type SubsetFields, toAddress } from "./subsetQuery";

const OPENED = "archive=all"; // in the address, while nothing is asked yet

const SEXES: Readonly<Record<string, string>> = { F: t("Women"), M: t("Men") };

interface SubsetPanelProps {
  readonly release: ReleaseDetail;
}

/** Some of the release's cases: what is asked stands in the address, so that it can be passed on. */
export function SubsetPanel({ release }: SubsetPanelProps) {
  const { only } = useSearch({ from: "/guarded/shell/releases/$id" });
  const navigate = useNavigate();
  const show = (text: string | undefined) =>
    void navigate({ to: ".", search: (before) => ({ ...before, only: text }), replace: true, resetScroll: false });
  if (only === undefined) {
    return (
      <Button
        variant="subtle"
        leftSection={<IconFilter size={16} />}
        onClick={() => show(OPENED)}
        data-testid="open-subset"
      >
        {t("Only some cases")}
      </Button>
    );
  }
  return (
    <Stack gap="sm" component="section" aria-label={t("Only some cases")} data-testid="subset">
      <Group justify="space-between">
        <Title order={3} size="h5">
          {t("Only some cases")}
        </Title>
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<IconX size={14} />}
          onClick={() => show(undefined)}
          data-testid="close-subset"
        >
          {t("Close")}
        </Button>
      </Group>
      <CasesAsked
        release={release}
        fields={fromAddress(only)}
        onChange={(fields) => show(toAddress(fields) ?? OPENED)}
      />
    </Stack>
  );
}

interface AskingProps extends SubsetPanelProps {
  readonly fields: SubsetFields;
  readonly onChange: (fields: SubsetFields) => void;
}

/** What is asked, how many cases that finds, and their download. */
export function CasesAsked({ release, fields, onChange }: AskingProps) {
  const query = queryOf(fields);
  const found = useSubset(release.id, fields.archive, query);
  const set = (change: Partial<SubsetFields>) => onChange({ ...fields, ...change });
  const parts = release.archives.filter(({ layout, locked_until: locked }) => layout === "verse" && locked === null);
  if (found.isError) {
    return (
      <Alert color="red">
        <Stack gap="xs" align="flex-start">
          <Text size="sm">{messageOf(found.error)}</Text>
          <Button size="xs" variant="default" onClick={() => onChange(EVERY_CASE)}>
            {t("Ask anew")}
          </Button>
        </Stack>
      </Alert>
    );
  }
  const choices = found.data?.choices;
  return (
    <>
      <Select
        label={t("Of")}
        allowDeselect={false}
        data={parts.map((archive) => ({ value: archive.name, label: archiveTitle(archive) }))}
        value={fields.archive}
        onChange={(archive) => set({ archive: archive ?? "all" })}
      />
      <MultiSelect
        label={t("Vertebrae in its mask")}
        description={fields.levels.length > 1 ? t("All of them") : undefined}
        placeholder={t("Any")}
        searchable
        clearable
        data={choices?.levels ?? [...fields.levels]}
        value={[...fields.levels]}
        onChange={(levels) => set({ levels })}
        data-testid="subset-levels"
      />
      <Group grow align="flex-start">
        <Select
          label={t("Fractured, at least")}
          placeholder={t("Any")}
          clearable
          data={[1, 2, 3]
            .filter((grade) => grade <= (choices?.worst_grade ?? 3))
            .map((grade) => ({ value: String(grade), label: t("Grade {{grade}}", { grade }) }))}
          value={fields.fractureFrom}
          onChange={(fractureFrom) => set({ fractureFrom })}
          data-testid="subset-grade"
        />
        <Select
          label={t("Sex")}
          placeholder={t("Any")}
          clearable
          data={(choices?.sexes ?? []).map((sex) => ({ value: sex, label: SEXES[sex] ?? sex }))}
          value={fields.sex}
          onChange={(sex) => set({ sex })}
        />
      </Group>
      <Group grow align="flex-start">
        <Years label={t("Age from")} value={fields.ageFrom} onChange={(ageFrom) => set({ ageFrom })} />
        <Years label={t("Age to")} value={fields.ageTo} onChange={(ageTo) => set({ ageTo })} />
      </Group>
      {(choices?.contrasts.length ?? 0) > 0 && (
        <Select
          label={t("Contrast")}
          placeholder={t("Any")}
          clearable
          data={choices?.contrasts ?? []}
          value={fields.contrast}
          onChange={(contrast) => set({ contrast })}
        />
      )}
      <TagsInput
        label={t("Patients")}
        placeholder={fields.subjects.length === 0 ? t("Any") : ""}
        data={release.patients.map(({ pseudonym }) => pseudonym)}
        value={[...fields.subjects]}
        onChange={(subjects) => set({ subjects })}
      />
      {found.data !== undefined && <Found found={found.data} busy={found.isPlaceholderData} />}
    </>
  );
}

interface YearsProps {
  readonly label: string;
  readonly value: number | null;
  readonly onChange: (value: number | null) => void;
}

function Years({ label, value, onChange }: YearsProps) {
  return (
    <NumberInput
      label={label}
      placeholder={t("Any")}
      min={0}
      max={150}
      allowDecimal={false}
      value={value ?? ""}
      onChange={(now) => onChange(typeof now === "number" ? now : null)}
    />
  );
}

interface FoundProps {
  readonly found: NonNullable<ReturnType<typeof useSubset>["data"]>;
  readonly busy: boolean;
}

function foundText({ cases, cases_of: all, patients, size_bytes: size }: FoundProps["found"]): string {
  const counted = t("{{cases}} of {{all}}, of {{patients}}", {
    cases: count(cases, "case"),
    all,
    patients: count(patients, "patient"),
  });
  return size === null ? counted : `${counted} · ${formatBytes(size)}`;
}

function Found({ found, busy }: FoundProps) {
  if (found.cases === 0) {
    return (
      <Text size="sm" role="status" data-testid="subset-found">
        {t("No case that is open to you fits. Cases of which a fact is not known do not fit a question for it.")}
      </Text>
    );
  }
  const size = found.size_bytes;
  return (
    <>
      <Group justify="space-between" wrap="nowrap" className="acts-below">
        <Text size="sm" role="status" className="tabular" data-testid="subset-found">
          {busy ? t("Counting …") : foundText(found)}
        </Text>
        {size !== null && (
          <Button
            component="a"
            href={found.url}
            download
            loading={busy}
            style={{ flexShrink: 0 }}
            leftSection={<IconDownload size={16} />}
            aria-label={t("Download these cases")}
            data-testid="download-subset"
          >
            {t("Download")}
          </Button>
        )}
      </Group>
      {size === null ? (
        <Text size="sm" c="dimmed">
          {t("Say which cases you want.")}
        </Text>
      ) : (
        <CopyButton value={`${window.location.origin}${found.url}`}>
          {({ copied, copy }) => (
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={copy}
              style={{ alignSelf: "flex-start" }}
              leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            >
              {copied ? t("Copied") : t("Copy the address, for curl and others")}
            </Button>
          )}
        </CopyButton>
      )}
    </>
  );
}
