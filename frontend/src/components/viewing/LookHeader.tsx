import { ActionIcon, Badge, Button, Text, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconArrowLeft, IconLink } from "@tabler/icons-react";
import { Link, useCanGoBack, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { t } from "@/i18n";
import { LayoutControl } from "@/components/workstation/LayoutControl";
import { SavePicture } from "@/components/workstation/SavePicture";
import styles from "@/components/workstation/workstation.module.css";
import type { LookAt } from "@/state/looking";
import type { Layout } from "@/state/workstationPreferences";
import type { LookRoomProps } from "./lookProps";
import type { Place } from "./place";

interface Props extends Pick<LookRoomProps, "links" | "back"> {
  readonly what: LookAt;
  readonly layout: Layout;
  readonly onLayout: (layout: Layout) => void;
  /** Where the reader looks now. */
  readonly here: () => Place;
}

export function LookHeader({ what, layout, onLayout, here, links, back }: Props) {
  const router = useRouter();
  const clipboard = useClipboard();
  const linkHere = (): string => {
    const { href } = router.buildLocation({ to: ".", search: here() as never });
    return new URL(href, window.location.href).href;
  };
  useEffect(() => {
    document.title = t("{{title}} · Vertebase", { title: what.title });
  }, [what.title]);
  return (
    <header className={styles["header"]}>
      <WayBack {...back} />
      <div className={styles["caseName"]}>
        <Text fw={700} size="sm" ff="monospace" component="h1" data-testid="look-title">
          {what.title}
        </Text>
        <Text size="xs" c="dimmed" truncate>
          {what.subtitle}
        </Text>
      </div>
      <Badge color="gray" data-testid="read-only">
        {t("Read only")}
      </Badge>
      <div className={styles["spacer"]} />
      {links}
      <Tooltip label={t("A link to this mask, vertebra and voxel")}>
        <Button
          size="xs"
          variant="default"
          leftSection={<IconLink size={15} />}
          onClick={() => clipboard.copy(linkHere())}
          data-testid="copy-place"
        >
          {clipboard.copied ? t("Copied") : t("Copy link")}
        </Button>
      </Tooltip>
      <LayoutControl layout={layout} onLayout={onLayout} />
      <SavePicture />
    </header>
  );
}

/** The arrow back. An address that was typed or sent has no page before it. */
function WayBack({ to, label, returns = false }: LookRoomProps["back"]) {
  const router = useRouter();
  const cameFrom = useCanGoBack() && returns;
  const name = cameFrom ? t("To the page before") : label;
  const arrow = <IconArrowLeft size={20} />;
  return (
    <Tooltip label={name}>
      {cameFrom ? (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={name}
          onClick={() => router.history.back()}
          data-testid="way-back"
        >
          {arrow}
        </ActionIcon>
      ) : (
        <ActionIcon component={Link} to={to} variant="subtle" color="gray" aria-label={name} data-testid="way-back">
          {arrow}
        </ActionIcon>
      )}
    </Tooltip>
  );
}
