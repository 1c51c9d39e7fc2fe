import { Stack } from "@mantine/core";
import styles from "./workstation.module.css";

/** What stands in the place of the panes while there are none. */
export function Middle({ children }: { readonly children: React.ReactNode }) {
  return (
    <main className={styles["middle"]}>
      <Stack align="center" maw={520} p="xl" ta="center">
        {children}
      </Stack>
    </main>
  );
}
