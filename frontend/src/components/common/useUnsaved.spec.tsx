import { MantineProvider } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import {
  createBrowserHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  type RegisteredRouter,
  type RouterHistory,
  RouterProvider,
} from "@tanstack/react-router";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { useUnsaved } from "./useUnsaved";

let history: RouterHistory;

// The browser's own: it alone hears of the window's closing.
beforeEach(() => {
  window.history.replaceState(null, "", "/");
  history = createBrowserHistory();
});
afterEach(() => history.destroy());

function pages(dirty: boolean) {
  const Form = () => {
    useUnsaved(dirty);
    return <p>the form</p>;
  };
  const root = createRootRoute({ component: Outlet });
  const form = createRoute({ getParentRoute: () => root, path: "/", component: Form });
  const other = createRoute({ getParentRoute: () => root, path: "/other", component: () => <p>another page</p> });
  const router = createRouter({
    routeTree: root.addChildren([form, other]),
    history,
  });
  render(
    <MantineProvider env="test">
      <ModalsProvider>
        <RouterProvider router={router as unknown as RegisteredRouter} />
      </ModalsProvider>
    </MantineProvider>,
  );
  return { leave: () => history.push("/other") };
}

/** Whether closing the window would ask. */
function asksOnClosing(): boolean {
  return !window.dispatchEvent(new Event("beforeunload", { cancelable: true }));
}

describe("a form with changes that are not saved", () => {
  it("asks before it is left, and stays on a no", async () => {
    const { leave } = pages(true);
    await screen.findByText("the form");
    leave();
    await userEvent.click(await screen.findByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(screen.getByText("the form")).toBeInTheDocument();
    leave();
    await userEvent.click(await screen.findByRole("button", { name: "Leave without saving" }));
    expect(await screen.findByText("another page")).toBeInTheDocument();
  });

  it("asks when the window closes", async () => {
    pages(true);
    await screen.findByText("the form");
    expect(asksOnClosing()).toBe(true);
  });
});

it("a form without changes is left without a word", async () => {
  const { leave } = pages(false);
  await screen.findByText("the form");
  expect(asksOnClosing()).toBe(false);
  leave();
  expect(await screen.findByText("another page")).toBeInTheDocument();
});
