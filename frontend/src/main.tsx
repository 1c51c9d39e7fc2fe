import "@fontsource-variable/ibm-plex-sans/index.css";
import "@fontsource/ibm-plex-mono/latin-400.css";
import "@mantine/core/styles.css";
import "@mantine/dates/styles.css";
import "@mantine/dropzone/styles.css";
import "@mantine/notifications/styles.css";
import "mantine-datatable/styles.css";
import "./theme/global.css";

import { MantineProvider } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { setSignedOutListener } from "./api/http";
import { makeRouter } from "./router";
import { makeQueryClient } from "./state/queryClient";
import { SIGNED_OUT, sessionKey } from "./state/session";
import { cssVariables, theme } from "./theme/theme";

const queryClient = makeQueryClient();
const router = makeRouter(queryClient);

// The guard of the signed-in part sends the user to the sign-in page, with the way back in the address.
setSignedOutListener(() => {
  queryClient.setQueryData(sessionKey, SIGNED_OUT);
  void router.invalidate();
});

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <ModalsProvider>
          <Notifications position="bottom-right" autoClose={6000} />
          <RouterProvider router={router} />
        </ModalsProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
