import { Button, Group, Select, Switch } from "@mantine/core";
import { DateInput } from "@mantine/dates";
import { answered, t } from "@/i18n";
import { SearchField } from "@/components/common/SearchField";
import { useAuditChoices } from "@/state/audit";
import { asked, type AuditSearch } from "./auditSearch";

interface AuditFiltersProps {
  readonly slug: string;
  readonly search: AuditSearch;
  readonly onChange: (next: Partial<AuditSearch>) => void;
}

const NOTHING: AuditSearch = {
  person: undefined,
  verb: undefined,
  case: undefined,
  since: undefined,
  until: undefined,
  said: undefined,
  seen: undefined,
};

/** What the list of acts is searched by. */
export function AuditFilters({ slug, search, onChange }: AuditFiltersProps) {
  const choices = useAuditChoices(slug).data ?? { people: [], verbs: [] };
  const acts = choices.verbs.map(({ verb, title }) => ({
    value: verb,
    label: title.split(" / ").map(answered).join(" / "),
  }));
  acts.sort((one, other) => one.label.localeCompare(other.label));
  return (
    <Group align="flex-end" gap="sm">
      <SearchField
        label={t("Search in words")}
        w={190}
        placeholder={t("Words, like submitted")}
        search={search.said}
        onSearch={(said) => onChange({ said })}
        data-testid="audit-said"
      />
      <SearchField
        label={t("Case")}
        w={120}
        placeholder={t("Case")}
        search={search.case}
        onSearch={(alias) => onChange({ case: alias })}
      />
      <Select
        w={160}
        placeholder={t("Anybody")}
        aria-label={t("Person")}
        clearable
        searchable
        data={choices.people.map(({ id, name }) => ({ value: id, label: name }))}
        value={search.person ?? null}
        onChange={(person) => onChange({ person: person ?? undefined })}
      />
      <Select
        w={190}
        placeholder={t("Any act")}
        aria-label={t("Act")}
        clearable
        searchable
        comboboxProps={{ width: 380, position: "bottom-start" }}
        data={acts}
        value={search.verb ?? null}
        onChange={(verb) => onChange({ verb: verb ?? undefined })}
      />
      <DateInput
        w={125}
        placeholder={t("First day")}
        aria-label={t("First day")}
        clearable
        valueFormat="D MMM YYYY"
        value={search.since ?? null}
        onChange={(since) => onChange({ since: since ?? undefined })}
      />
      <DateInput
        w={125}
        placeholder={t("Last day")}
        aria-label={t("Last day")}
        clearable
        valueFormat="D MMM YYYY"
        {...(search.since !== undefined && { minDate: search.since })}
        value={search.until ?? null}
        onChange={(until) => onChange({ until: until ?? undefined })}
      />
      <Switch
        mb={8}
        label={t("Who saw what")}
        checked={search.seen === true}
        onChange={({ currentTarget: { checked } }) => onChange({ seen: checked ? true : undefined })}
      />
      {Object.keys(asked(search)).length > 0 && (
        <Button variant="subtle" onClick={() => onChange(NOTHING)}>
          {t("Clear")}
        </Button>
      )}
    </Group>
  );
}
