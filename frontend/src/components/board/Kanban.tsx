import { Badge, Checkbox, Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { answered, t } from "@/i18n";
import type { Board, CaseCard } from "@/api/types";
import { DueBadge, FlagBadge } from "@/components/common/badges";
import { TextLink } from "@/components/common/links";
import { Thumbnail } from "@/components/common/Thumbnail";
import { LookIcon } from "@/components/viewing/LookLink";
import { formatRelative } from "@/state/format";
import classes from "./Kanban.module.css";

interface KanbanProps {
  readonly slug: string;
  readonly stages: Board["stages"];
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (selected: ReadonlySet<string>) => void;
}

/** Cases by stage, to be selected. Columns scroll on their own, so that the whole protocol stays in view. */
export function Kanban({ slug, stages, selected, onSelect }: KanbanProps) {
  const change = (ids: readonly string[], chosen: boolean) => {
    const next = new Set(selected);
    for (const id of ids) {
      if (chosen) next.add(id);
      else next.delete(id);
    }
    onSelect(next);
  };
  const columns = stages.map((stage) => ({ ...stage, title: answered(stage.title) }));
  return (
    <div className={classes.scroller}>
      <div className={classes.board} data-testid="board" data-selecting={selected.size > 0 || undefined}>
        {columns.map(({ key, title, kind, count, cases }) => (
          <section
            key={key}
            className={classes.column}
            data-kind={kind}
            data-empty={count === 0 || undefined}
            aria-label={t("{{title}}: {{count}} cases", { title, count })}
            data-testid={`stage-${key}`}
          >
            <Group justify="space-between" className={classes.head} wrap="nowrap" gap={8}>
              {cases.length > 0 && (
                <ColumnBox title={title} ids={cases.map(({ id }) => id)} selected={selected} onChange={change} />
              )}
              <Text fw={600} size="sm" lh={1.25} className={classes.title ?? ""}>
                {title}
              </Text>
              <Badge color="gray" className="tabular" data-testid={`stage-count-${key}`}>
                {count}
              </Badge>
            </Group>
            <div className={classes.cards}>
              {cases.map((card) => (
                <div key={card.id} className={classes.item} data-selected={selected.has(card.id) || undefined}>
                  <BoardCard card={card} />
                  <LookIcon className={classes.look ?? ""} caseId={card.id} alias={card.alias} />
                  <Checkbox
                    className={classes.box ?? ""}
                    checked={selected.has(card.id)}
                    onChange={(event) => change([card.id], event.currentTarget.checked)}
                    aria-label={t("Select {{alias}}", { alias: card.alias })}
                  />
                </div>
              ))}
              {cases.length === 0 && (
                <Text size="xs" c="dimmed" ta="center" py="lg">
                  {t("Nothing here")}
                </Text>
              )}
              {count > cases.length && cases.length > 0 && (
                <TextLink
                  size="xs"
                  ta="center"
                  py="xs"
                  to="/projects/$slug/cases"
                  params={{ slug }}
                  search={listOf(key)}
                >
                  {t("and {{count}} more", { count: count - cases.length })}
                </TextLink>
              )}
            </div>
          </section>
        ))}
      </div>
    </div>
  );
}

/** The search of the list of cases that shows all of a column. */
function listOf(key: string): { state: "waiting" | "accepted" } | { stage: string } {
  return key === "waiting" || key === "accepted" ? { state: key } : { stage: key };
}

interface ColumnBoxProps {
  readonly title: string;
  readonly ids: readonly string[];
  readonly selected: ReadonlySet<string>;
  readonly onChange: (ids: readonly string[], chosen: boolean) => void;
}

/** Selects the cards of a column that are shown. */
function ColumnBox({ title, ids, selected, onChange }: ColumnBoxProps) {
  const chosen = ids.filter((id) => selected.has(id)).length;
  return (
    <Checkbox
      size="xs"
      checked={chosen === ids.length}
      indeterminate={chosen > 0 && chosen < ids.length}
      onChange={(event) => onChange(ids, event.currentTarget.checked)}
      aria-label={t("Select the cases of {{title}}", { title })}
    />
  );
}

function BoardCard({ card }: { readonly card: CaseCard }) {
  const { submitted, overlap } = card.progress;
  return (
    <Link to="/cases/$id" params={{ id: card.id }} className={classes.card} data-testid={`case-card-${card.id}`}>
      <Group wrap="nowrap" gap={10} align="flex-start">
        <Thumbnail
          url={card.thumbnail_url}
          alt={t("Preview of {{alias}}", { alias: card.alias })}
          width={42}
          height={56}
        />
        <div style={{ minWidth: 0, flex: 1 }}>
          <Group justify="space-between" gap={4} wrap="nowrap">
            <Text size="sm" fw={600} truncate>
              {card.alias}
            </Text>
            {card.priority > 0 && (
              <Badge
                size="xs"
                color="red.9"
                variant="filled"
                aria-label={t("Priority {{priority}}", { priority: card.priority })}
              >
                {t("P{{priority}}", { priority: card.priority })}
              </Badge>
            )}
          </Group>
          <Text
            size="xs"
            c="dimmed"
            truncate
            title={t("{{pseudonym}}, series {{number}}", {
              pseudonym: card.series.pseudonym,
              number: card.series.number,
            })}
          >
            {t("{{pseudonym}}, series {{number}}", { pseudonym: card.series.pseudonym, number: card.series.number })}
          </Text>
          {overlap > 0 && (
            <div
              className={classes.slots}
              role="img"
              aria-label={t("{{submitted}} of {{overlap}} submitted", { submitted, overlap })}
              title={t("{{submitted}} of {{overlap}} submitted", { submitted, overlap })}
            >
              {Array.from({ length: overlap }, (_, index) => (
                <span key={index} className={classes.slot} data-done={index < submitted || undefined} />
              ))}
            </div>
          )}
          <Text size="xs" c="dimmed" mt={2}>
            {formatRelative(card.updated_at)}
          </Text>
        </div>
      </Group>
      {(card.flags.length > 0 || card.due_on !== null) && (
        <Group gap={4} mt={8}>
          <DueBadge dueOn={card.due_on} />
          {card.flags.map((flag) => (
            <FlagBadge key={flag} flag={flag} />
          ))}
        </Group>
      )}
    </Link>
  );
}
