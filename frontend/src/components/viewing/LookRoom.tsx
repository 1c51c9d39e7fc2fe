import { Alert, Loader, Text } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { t } from "@/i18n";
import { messageOf } from "@/api/errors";
import { QueryFailure } from "@/components/common/QueryState";
import { Middle } from "@/components/workstation/Middle";
import { useDarkPage } from "@/components/workstation/useDarkPage";
import { MaskStore } from "@/domain/maskStore";
import { useMaskVersion, useSlabIndex, type LookAt } from "@/state/looking";
import { Look } from "./Look";
import type { LookRoomProps } from "./lookProps";

/** Where CT and masks are looked at and nothing can be changed: opens what the query says. */
export function LookRoom({ query, ...props }: LookRoomProps & { readonly query: UseQueryResult<LookAt> }) {
  useDarkPage();
  if (query.data !== undefined) return <Opening what={query.data} {...props} />;
  if (query.isPending) return <Waiting step={t("Opening the case")} />;
  return (
    <Middle>
      <QueryFailure error={query.error} retry={() => void query.refetch()} />
    </Middle>
  );
}

function Opening({ what, ...props }: LookRoomProps & { readonly what: LookAt }) {
  const { place } = props;
  const shown = what.masks.find(({ id }) => id === place.version) ?? what.masks.find(({ id }) => id === what.first);
  const index = useSlabIndex(what.indexUrl);
  const labels = useMaskVersion(shown, index.data);
  const mask = useMemo(() => {
    if (index.data === undefined) return null;
    const { shape } = index.data;
    if (shown === undefined) return new MaskStore(new Uint8Array(shape[0] * shape[1] * shape[2]), shape);
    return labels.data === undefined ? null : new MaskStore(labels.data, shape);
  }, [index.data, shown, labels.data]);
  const error = index.error ?? labels.error;
  if (error) {
    return (
      <Middle>
        <Alert color="red" title={t("The pictures could not be loaded")} w="100%">
          {messageOf(error)}
        </Alert>
      </Middle>
    );
  }
  if (index.data === undefined || mask === null) return <Waiting step={t("Loading the mask")} />;
  // Another mask is another viewer: its surfaces, strip and straight line are those of the mask.
  return <Look key={shown?.id ?? "none"} {...{ what, shown, mask }} index={index.data} {...props} />;
}

function Waiting({ step }: { readonly step: string }) {
  return (
    <Middle>
      <Loader />
      <Text role="status">{step}</Text>
    </Middle>
  );
}
