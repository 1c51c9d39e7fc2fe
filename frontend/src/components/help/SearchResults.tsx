import { Stack, Text } from "@mantine/core";
import { t } from "@/i18n";
import { TextLink } from "@/components/common/links";
import { type Guide, piecesOf, type Piece, searchGuides } from "@/domain/guides";
import { count } from "@/state/format";

interface SearchResultsProps {
  readonly guides: readonly Guide[];
  readonly query: string;
}

/** The places in all guides that hold what was searched for; each leads there. */
export function SearchResults({ guides, query }: SearchResultsProps) {
  const hits = searchGuides(guides, query);
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return (
    <section aria-labelledby="help-found" data-testid="help-results">
      <Text id="help-found" role="status" c="dimmed" mb="md">
        {hits.length === 0
          ? t("Nothing about “{{query}}”. Try one word less.", { query })
          : t("{{places}} found", { places: count(hits.length, "place") })}
      </Text>
      <Stack gap="md">
        {hits.map(({ guide, section, excerpt }) => (
          <article key={`${guide.key} ${section.id}`}>
            <TextLink to="/help" search={{ guide: guide.key }} hash={section.id} fw={600}>
              <Marked pieces={piecesOf(section.title || guide.title, words)} />
            </TextLink>
            <Text size="sm" c="dimmed">
              {guide.title}
            </Text>
            <Text size="sm">
              <Marked pieces={excerpt} />
            </Text>
          </article>
        ))}
      </Stack>
    </section>
  );
}

function Marked({ pieces }: { readonly pieces: readonly Piece[] }) {
  return pieces.map(({ text, found }, index) =>
    found ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>,
  );
}
