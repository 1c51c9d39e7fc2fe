import { Badge, Tabs } from "@mantine/core";
import type { ReactNode } from "react";
import { t } from "@/i18n";
import styles from "./workstation.module.css";

export type SideTab = "returned" | "items" | "review" | "grade" | "edit" | "checks" | "notes";

export interface SideEntry {
  readonly tab: SideTab;
  readonly title: string;
  /** Shown as a small number: what is still to do there. */
  readonly count?: number;
  readonly content: ReactNode;
}

interface Props {
  readonly entries: readonly SideEntry[];
  readonly tab: SideTab;
  readonly onTab: (tab: SideTab) => void;
}

export function SidePanel({ entries, tab, onTab }: Props) {
  const many = entries.length > 4; // an adjudicator's five stand in one row at 1280 pixels, too
  return (
    <aside className={styles["side"]} aria-label={t("Panels")}>
      <Tabs
        value={tab}
        onChange={(value) => value && onTab(value as SideTab)}
        className={styles["sideTabs"] ?? ""}
        keepMounted={false}
      >
        <Tabs.List grow style={{ flexWrap: "nowrap" }}>
          {entries.map((entry) => (
            <Tabs.Tab
              key={entry.tab}
              value={entry.tab}
              px={many ? 4 : 8}
              {...(many && { fz: 13 })}
              data-testid={`tab-${entry.tab}`}
              rightSection={
                entry.count ? (
                  <Badge size="xs" circle={entry.count < 10} color="amber">
                    {entry.count}
                  </Badge>
                ) : null
              }
            >
              {entry.title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {entries.map((entry) => (
          // A scrolling panel has to be reached by the keyboard.
          <Tabs.Panel key={entry.tab} value={entry.tab} className={styles["sidePanel"] ?? ""} tabIndex={0}>
            {entry.content}
          </Tabs.Panel>
        ))}
      </Tabs>
    </aside>
  );
}
