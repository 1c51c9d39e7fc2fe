import "@fontsource-variable/ibm-plex-sans/index.css";
import "@fontsource/ibm-plex-mono/latin-400.css";
import "@mantine/core/styles.css";
import "@mantine/dates/styles.css";
import "@mantine/dropzone/styles.css";
import "@mantine/notifications/styles.css";
import "mantine-datatable/styles.css";
import "./theme/global.css";
import "dayjs/locale/de";

import { MantineProvider } from "@mantine/core";
import { DatesProvider } from "@mantine/dates";
import { ModalsProvider } from "@mantine/modals";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { language } from "./i18n";
import { setSignedOutListener } from "./api/http";
import { makeRouter } from "./router";
import { makeQueryClient } from "./state/queryClient";
import { SIGNED_OUT, sessionKey } from "./state/session";
import { cssVariables, theme } from "./theme/theme";

const queryClient = makeQueryClient();
const router = makeRouter(queryClient);

// The guard of the signed-in part sends the user to the sign-in page, with the way back in the address. Where work
// is under way the page stays: its header says "signed out" and how to go on.
setSignedOutListener(() => {
  if (router.state.matches.some(({ staticData }) => staticData.staysWhenSignedOut)) return;
  queryClient.setQueryData(sessionKey, SIGNED_OUT);
  void router.invalidate();
});

// After an update of the site, an open page asks for parts that are no longer there: load it anew, once.
window.addEventListener("vite:preloadError", (event) => {
  const RELOADED_AT = "vertebase-reloaded-at";
  const last = Number(sessionStorage.getItem(RELOADED_AT) ?? 0);
  if (Date.now() - last < 60_000) return;
  event.preventDefault();
  sessionStorage.setItem(RELOADED_AT, String(Date.now()));
  window.location.reload();
});

/** The pages, in the language that is spoken by now. */
export function start(root: HTMLElement): void {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
        <QueryClientProvider client={queryClient}>
          <ModalsProvider>
            <DatesProvider settings={{ locale: language() }}>
              <Notifications position="bottom-right" autoClose={6000} />
              <RouterProvider router={router} />
            </DatesProvider>
          </ModalsProvider>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
