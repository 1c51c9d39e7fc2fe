import { Alert, Anchor, Stack, Text } from "@mantine/core";
import { Link, useLocation, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect } from "react";
import { language, t } from "@/i18n";
import { PageHeader } from "@/components/common/PageHeader";
import { RowsSkeleton } from "@/components/common/QueryState";
import { SearchField } from "@/components/common/SearchField";
import { GuideText } from "@/components/help/GuideText";
import classes from "@/components/help/help.module.css";
import { TourAgain } from "@/components/help/TourAgain";
import { SearchResults } from "@/components/help/SearchResults";
import { guidesFor } from "@/components/help/shipped";
import { type Guide, headingMeant, sectionsOf } from "@/domain/guides";
import { useActiveProject } from "@/state/activeProject";
import { useProjects } from "@/state/projects";
import { rolesEverywhere, rolesIn, useMe } from "@/state/session";

/** The guides and the rules of annotation; those of one's own role in the project at hand come first. */
export function HelpPage() {
  const { guide: wanted, search } = useSearch({ from: "/guarded/shell/help" });
  const navigate = useNavigate();
  const me = useMe();
  const active = useActiveProject();
  const projects = useProjects();
  const here = active === null ? [] : rolesIn(me, active.slug);
  const guides = guidesFor(here.length > 0 ? here : rolesEverywhere(me), projects.data ?? []);
  const open = guides.find(({ key }) => key === wanted);
  const shown = open ?? guides[0];
  const setSearch = (next: string | undefined) =>
    void navigate({ to: "/help", search: { guide: wanted, search: next }, replace: search !== undefined });
  return (
    <>
      <PageHeader title={t("Help")} />
      <div className={classes.page}>
        <Stack gap="md" component="aside" className={classes.aside}>
          <SearchField
            label={t("Search the guides")}
            placeholder={t("Search the guides")}
            search={search}
            onSearch={setSearch}
          />
          <TourAgain />
          <Anchor
            href={language() === "de" ? "/docs/de/" : "/docs/"}
            target="_blank"
            size="sm"
            data-testid="all-documents"
          >
            {t("All documents: first hour, science, operations, programs")}
          </Anchor>
          <Contents guides={guides} shown={search === undefined ? shown : undefined} />
          {projects.isError && (
            <Alert color="amber">{t("The rules of your projects could not be loaded. The guides are all here.")}</Alert>
          )}
        </Stack>
        <div className={classes.text} data-testid="help-text">
          {search !== undefined ? (
            <SearchResults guides={guides} query={search} />
          ) : open === undefined && wanted?.startsWith("project:") && projects.isPending ? (
            <RowsSkeleton />
          ) : (
            shown !== undefined && <ShownGuide guide={shown} />
          )}
        </div>
      </div>
    </>
  );
}

function ShownGuide({ guide }: { readonly guide: Guide }) {
  const hash = useLocation({ select: (location) => location.hash });
  useEffect(() => {
    const place = hash === "" ? null : document.getElementById(headingMeant(guide, hash));
    place?.scrollIntoView();
    place?.focus({ preventScroll: true });
  }, [guide, hash]);
  return <GuideText guide={guide} />;
}

interface ContentsProps {
  readonly guides: readonly Guide[];
  /** The guide in view, whose chapters are listed. */
  readonly shown: Guide | undefined;
}

function Contents({ guides, shown }: ContentsProps) {
  return (
    <nav aria-label={t("Guides")}>
      {guides.map((guide) => (
        <div key={guide.key}>
          <Link
            to="/help"
            search={{ guide: guide.key }}
            className={classes.guide}
            aria-current={guide === shown ? "page" : undefined}
            data-testid={`guide-${guide.key}`}
          >
            {guide.title}
          </Link>
          {guide === shown && (
            <ul className={classes.chapters}>
              {sectionsOf(guide.text)
                .filter(({ depth }) => depth === 2)
                .map(({ id, title }) => (
                  <li key={id}>
                    <Link to="/help" search={{ guide: guide.key }} hash={id} className={classes.chapter}>
                      <Text span size="sm">
                        {title}
                      </Text>
                    </Link>
                  </li>
                ))}
            </ul>
          )}
        </div>
      ))}
    </nav>
  );
}
