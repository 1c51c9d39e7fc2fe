import { ActionIcon, Tooltip } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { MouseEvent } from "react";
import { t } from "@/i18n";
import { ButtonLink } from "@/components/common/links";
import type { Place } from "./place";

interface Props {
  /** For those who hear the link: it begins with the words shown. */
  readonly label: string;
  readonly children?: string;
}

const LOOK = { size: "compact-sm", variant: "subtle", leftSection: <IconEye size={14} /> } as const;

/** From a row of a list to the pictures of its case, at a place. */
export function LookLink({
  caseId,
  place = {},
  label,
  children = t("Look"),
}: Props & { caseId: string; place?: Place }) {
  return (
    <ButtonLink
      {...LOOK}
      to="/cases/$id/view"
      params={{ id: caseId }}
      search={place}
      aria-label={label}
      onClick={(event) => event.stopPropagation()} // a row may lead elsewhere
      data-testid="look"
    >
      {children}
    </ButtonLink>
  );
}

/** The same where there is room for a sign only. */
export function LookIcon({ caseId, alias, className = "" }: { caseId: string; alias: string; className?: string }) {
  return (
    <Tooltip label={t("Look at the pictures")}>
      <ActionIcon
        className={className}
        component={Link}
        to={`/cases/${caseId}/view`}
        size={24}
        variant="subtle"
        color="gray"
        aria-label={t("Look at {{alias}}", { alias })}
        onClick={(event: MouseEvent) => event.stopPropagation()}
        data-testid="look"
      >
        <IconEye size={15} />
      </ActionIcon>
    </Tooltip>
  );
}

/** From a series to its CT, without a mask of anybody. */
export function LookAtCt({ seriesId, label, children = t("Look") }: Props & { seriesId: string }) {
  return (
    <ButtonLink
      {...LOOK}
      to="/series/$id/view"
      params={{ id: seriesId }}
      aria-label={label}
      onClick={(event) => event.stopPropagation()}
      data-testid="look"
    >
      {children}
    </ButtonLink>
  );
}

/** From a file of a release to the case that it shows. */
export function LookIntoRelease({
  releaseId,
  itemId,
  label,
  children = t("Look"),
}: Props & { releaseId: string; itemId: string }) {
  return (
    <ButtonLink
      {...LOOK}
      to="/releases/$id/items/$item"
      params={{ id: releaseId, item: itemId }}
      aria-label={label}
      data-testid="look"
    >
      {children}
    </ButtonLink>
  );
}
