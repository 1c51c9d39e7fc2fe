import { Button, Skeleton, Stack } from "@mantine/core";
import { IconCloudOff } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { t } from "@/i18n";
import { ApiError, messageOf } from "@/api/errors";
import { Message } from "@/components/common/Message";
import { Forbidden } from "@/components/shell/Forbidden";
import { NotFound } from "@/components/shell/NotFound";

interface QueryStateProps<T> {
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
  /** Shown while the first answer is on its way; by default a few grey rows. */
  readonly skeleton?: ReactNode;
}

/** The states of a request that every page has: on its way, refused, failed, there. */
export function QueryState<T>({ query, children, skeleton }: QueryStateProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isPending) return skeleton ?? <RowsSkeleton />;
  return <QueryFailure error={query.error} retry={() => void query.refetch()} />;
}

export function QueryFailure({ error, retry }: { readonly error: unknown; readonly retry: () => void }) {
  if (error instanceof ApiError && error.kind === "not_found") return <NotFound />;
  if (error instanceof ApiError && error.kind === "forbidden") return <Forbidden />;
  return (
    <Message
      icon={<IconCloudOff />}
      color="red"
      title={t("Could not load this")}
      action={<Button onClick={retry}>{t("Try again")}</Button>}
    >
      {messageOf(error)}
    </Message>
  );
}

export function RowsSkeleton({ count = 6, height = 44 }: { readonly count?: number; readonly height?: number }) {
  return (
    <Stack gap="xs" role="status" aria-label={t("Loading")}>
      {Array.from({ length: count }, (_, index) => (
        <Skeleton key={index} h={height} />
      ))}
    </Stack>
  );
}
