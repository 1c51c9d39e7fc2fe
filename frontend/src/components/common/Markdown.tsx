import { Typography } from "@mantine/core";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { pictureAt } from "./pictures";

const PARTS: Components = {
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  ),
  img: ({ src, alt }) => <img src={pictureAt(typeof src === "string" ? src : undefined)} alt={alt ?? ""} />,
};

interface MarkdownProps {
  readonly text: string;
  /** Drawn otherwise than usual: headings that links lead to, links inside the site. */
  readonly parts?: Components;
}

/** Markdown as the project's managers write it. Raw HTML in it is shown as text, never run. */
export function Markdown({ text, parts }: MarkdownProps) {
  return (
    <Typography>
      <ReactMarkdown remarkPlugins={[remarkGfm]} components={{ ...PARTS, ...parts }}>
        {text}
      </ReactMarkdown>
    </Typography>
  );
}
