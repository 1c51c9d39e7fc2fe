import { ActionIcon, Tooltip } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useEffectEvent } from "react";
import { t } from "@/i18n";
import { ButtonLink } from "@/components/common/links";
import { LookRoom } from "@/components/viewing/LookRoom";
import type { Place } from "@/components/viewing/place";
import { useCaseToLookAt, useReleaseItemToLookAt, useSeriesToLookAt } from "@/state/looking";
import { useFirstHourNotes } from "@/state/firstHour";
import { mayActAs, rolesIn, useMe } from "@/state/session";
import { useSeries } from "@/state/imaging";

/** The address follows the reader, without a step back for each look. */
function useKeptPlace(): (place: Place) => void {
  const navigate = useNavigate();
  return useCallback((place) => void navigate({ to: ".", search: place as never, replace: true }), [navigate]);
}

export function CaseLookPage() {
  const { id } = useParams({ from: "/guarded/cases/$id/view" });
  const place = useSearch({ from: "/guarded/cases/$id/view" });
  const onPlace = useKeptPlace();
  const query = useCaseToLookAt(id);
  const me = useMe();
  const manages =
    query.data !== undefined && query.data.note === "" && mayActAs(me, query.data.project.slug, "manager");
  return (
    <LookRoom
      key={id}
      {...{ query, place, onPlace }}
      back={manages ? { to: `/cases/${id}`, label: t("To the case") } : { to: "/", label: t("To my work") }}
      links={
        manages && (
          <ButtonLink to="/cases/$id/consensus" params={{ id }} size="xs" variant="default">
            {t("Comparison")}
          </ButtonLink>
        )
      }
    />
  );
}

export function SeriesLookPage() {
  const { id } = useParams({ from: "/guarded/series/$id/view" });
  const place = useSearch({ from: "/guarded/series/$id/view" });
  const onPlace = useKeptPlace();
  const query = useSeriesToLookAt(id);
  const caseId = useSeries(id).data?.case_id ?? null;
  return (
    <LookRoom
      key={id}
      {...{ query, place, onPlace }}
      back={{ to: "/projects", label: t("To the projects"), returns: true }}
      links={
        caseId !== null && (
          <ButtonLink to="/cases/$id/view" params={{ id: caseId }} search={place} size="xs" variant="default">
            {t("With its masks")}
          </ButtonLink>
        )
      }
    />
  );
}

export function ReleaseItemLookPage() {
  const { id, item } = useParams({ from: "/guarded/releases/$id/items/$item" });
  const place = useSearch({ from: "/guarded/releases/$id/items/$item" });
  const onPlace = useKeptPlace();
  const query = useReleaseItemToLookAt(id, item);
  const around = query.data?.around ?? null;
  useNoteLook(query.data?.project.slug);
  return (
    <LookRoom
      key={item}
      {...{ query, place, onPlace }}
      back={{ to: `/releases/${id}`, label: t("To the release") }}
      links={
        around && (
          <>
            <Step
              release={id}
              item={around.previous}
              label={t("Case before")}
              icon={<IconChevronLeft size={18} />}
              testId="case-before"
            />
            <Step
              release={id}
              item={around.next}
              label={t("Next case")}
              icon={<IconChevronRight size={18} />}
              testId="next-case"
            />
          </>
        )
      }
    />
  );
}

/** That somebody has looked into a release ticks a step of their first hour. */
function useNoteLook(slug: string | undefined): void {
  const me = useMe();
  const { has, add } = useFirstHourNotes();
  const isNew = slug !== undefined && rolesIn(me, slug).includes("researcher") && !has("looked", slug);
  const note = useEffectEvent(() => slug !== undefined && add("looked", slug));
  useEffect(() => {
    if (isNew) note();
  }, [isNew]);
}

interface StepProps {
  readonly release: string;
  readonly item: string | null;
  readonly label: string;
  readonly icon: React.ReactNode;
  readonly testId: string;
}

function Step({ release, item, label, icon, testId }: StepProps) {
  if (item === null) {
    return (
      <ActionIcon variant="default" disabled aria-label={label}>
        {icon}
      </ActionIcon>
    );
  }
  return (
    <Tooltip label={label}>
      <ActionIcon
        component={Link}
        to={`/releases/${release}/items/${item}`}
        variant="default"
        aria-label={label}
        data-testid={testId}
      >
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
