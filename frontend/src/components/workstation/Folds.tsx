import { Accordion } from "@mantine/core";
import type { ReactNode } from "react";
import styles from "./editing.module.css";

const CLASSES = {
  item: styles["fold"] ?? "",
  control: styles["foldControl"] ?? "",
  label: styles["foldLabel"] ?? "",
  content: styles["foldContent"] ?? "",
};

/** Parts of a panel that are folded away until they are needed. */
export function Folds({ children }: { readonly children: ReactNode }) {
  return (
    <Accordion multiple variant="default" transitionDuration={0} classNames={CLASSES}>
      {children}
    </Accordion>
  );
}

interface FoldProps {
  readonly name: string;
  readonly title: string;
  readonly children: ReactNode;
}

export function Fold({ name, title, children }: FoldProps) {
  return (
    <Accordion.Item value={name}>
      <Accordion.Control data-testid={name}>{title}</Accordion.Control>
      <Accordion.Panel>{children}</Accordion.Panel>
    </Accordion.Item>
  );
}
