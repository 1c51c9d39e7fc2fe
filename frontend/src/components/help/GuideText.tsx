import { Title, type TitleOrder } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import type { Components } from "react-markdown";
import { Markdown } from "@/components/common/Markdown";
import { type Guide, sectionsOf } from "@/domain/guides";
import { placeOf } from "./shipped";

interface HeadingProps {
  readonly node?: { readonly position?: { readonly start: { readonly line: number } } | undefined } | undefined;
  readonly children?: ReactNode;
}

const DEPTHS = [1, 2, 3, 4, 5, 6] as const;

/** A guide whose headings links lead to, one step below the page's title; its links to other guides stay inside the site. */
export function GuideText({ guide }: { readonly guide: Guide }) {
  const parts = useMemo(() => partsOf(guide), [guide]);
  return <Markdown text={guide.text} parts={parts} />;
}

function partsOf(guide: Guide): Components {
  const ids = new Map(sectionsOf(guide.text).map(({ line, id }) => [line, id]));
  const headings = DEPTHS.map((depth) => {
    const Heading = ({ node, children }: HeadingProps) => (
      <Title order={Math.min(6, depth + 1) as TitleOrder} id={ids.get(node?.position?.start.line ?? 0)} tabIndex={-1}>
        {children}
      </Title>
    );
    return [`h${depth}`, Heading] as const;
  });
  return {
    ...(Object.fromEntries(headings) as Components),
    a: ({ href, children }) => {
      const place = placeOf(href);
      if (place === null) {
        return (
          <a href={href} target="_blank" rel="noreferrer noopener">
            {children}
          </a>
        );
      }
      return (
        <Link
          to="/help"
          search={{ guide: place.guide ?? guide.key }}
          {...(place.at !== undefined && { hash: place.at })}
        >
          {children}
        </Link>
      );
    },
  };
}
