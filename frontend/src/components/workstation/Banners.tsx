import { CloseButton, Text } from "@mantine/core";
import { IconInfoCircle, IconMessageReport } from "@tabler/icons-react";
import { useState } from "react";
import type { AssignmentDetail } from "@/api/assignments";
import styles from "./workstation.module.css";

/** What the mask was at the start, and why the work came back. */
export function Banners({ detail }: { readonly detail: AssignmentDetail }) {
  const [startShown, setStartShown] = useState(true);
  return (
    <>
      {detail.return_comment !== "" && (
        <div className={styles["banner"]} data-tone="returned" role="note" data-testid="return-banner">
          <IconMessageReport size={18} aria-hidden />
          <span>
            <strong>Returned to you:</strong> {detail.return_comment}
          </span>
        </div>
      )}
      {detail.state === "submitted" && (
        <div className={styles["banner"]} role="note">
          <IconInfoCircle size={18} aria-hidden />
          You have handed this in. It can be looked at, not changed.
        </div>
      )}
      {startShown && detail.state !== "submitted" && (
        <div className={styles["banner"]} role="note" data-testid="start-banner">
          <IconInfoCircle size={18} aria-hidden />
          <Text size="sm" flex={1}>
            <strong>Where you start:</strong> {detail.start.text}
            {detail.start.source === "engine" && ". It is a proposal: look at every vertebra, names first."}
          </Text>
          <CloseButton size="sm" aria-label="Hide this note" onClick={() => setStartShown(false)} />
        </div>
      )}
    </>
  );
}
