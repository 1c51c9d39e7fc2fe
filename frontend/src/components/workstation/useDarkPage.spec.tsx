import { renderHook, waitFor } from "@testing-library/react";
import { afterEach, expect, it } from "vitest";
import { useDarkPage } from "./useDarkPage";

const SCHEME = "data-mantine-color-scheme";
const root = document.documentElement;
const scheme = () => root.getAttribute(SCHEME);

afterEach(() => root.removeAttribute(SCHEME));

it("stays dark when the computer turns light, and leaves the page as it is wanted outside", async () => {
  root.setAttribute(SCHEME, "dark");
  const { unmount } = renderHook(useDarkPage);
  root.setAttribute(SCHEME, "light"); // at dawn
  await waitFor(() => expect(scheme()).toBe("dark"));
  unmount();
  expect(scheme()).toBe("light");
});

it("leaves it dark when the computer turned dark meanwhile", async () => {
  root.setAttribute(SCHEME, "light");
  const { unmount } = renderHook(useDarkPage);
  expect(scheme()).toBe("dark");
  root.setAttribute(SCHEME, "dark");
  await Promise.resolve(); // observers are told
  unmount();
  expect(scheme()).toBe("dark");
});
