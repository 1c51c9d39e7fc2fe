import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { renderPage } from "@/testing/render";
import { GuideText } from "./GuideText";

const TEXT = `# A guide

## Names

One.

## Names

See [saving](guide-rater.md#saving), [above](#names) and [elsewhere](https://x.test/).

![A bridge](images/rule-osteophytes.svg)
`;

it("has headings that links lead to, links inside the site, and the product's own pictures", () => {
  renderPage(<GuideText guide={{ key: "rules", title: "A guide", text: TEXT }} />);
  expect(screen.getAllByRole("heading").map(({ id, tagName }) => [tagName, id])).toEqual([
    ["H2", "a-guide"],
    ["H3", "names"],
    ["H3", "names-1"],
  ]);
  expect(screen.getByRole("link", { name: "saving" })).toHaveAttribute("href", "/help?guide=rater#saving");
  expect(screen.getByRole("link", { name: "above" })).toHaveAttribute("href", "/help?guide=rules#names");
  expect(screen.getByRole("link", { name: "elsewhere" })).toHaveAttribute("target", "_blank");
  expect(screen.getByRole("img", { name: "A bridge" }).getAttribute("src")).not.toMatch(/^images/);
});
