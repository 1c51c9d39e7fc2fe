import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { t } from "@/i18n";
import { assignments, type AssignmentDetail } from "@/api/assignments";
import { ApiError } from "@/api/errors";
import { notifyFailure } from "@/components/common/notify";
import { decodeMask } from "@/domain/vbd1";
import type { Viewer } from "@/viewer";

export interface Doubt {
  /** Whether this work starts from an engine's mask at all. */
  readonly offered: boolean;
  readonly shown: boolean;
  readonly loading: boolean;
  /** The engine told none: asked once, then known. */
  readonly absent: boolean;
  /** Entropy on the volume's grid, 0 to 255, while it is to be shown. */
  readonly heat: Uint8Array | null;
  readonly toggle: () => void;
}

const NO_DOUBT = 404;

/** Where the engine doubted the mask that the work starts from; loaded when it is first asked for. */
export function useDoubt(detail: AssignmentDetail, viewer: Viewer | null): Doubt {
  const offered = detail.start.source === "engine";
  const [shown, setShown] = useState(false);
  const query = useQuery({
    queryKey: ["assignment", detail.id, "doubt"],
    enabled: offered && shown && viewer !== null,
    staleTime: Infinity,
    retry: false,
    queryFn: async () => decodeMask((await assignments.doubt(detail.id)).payload, viewer?.geometry.shape),
  });
  const absent = query.error instanceof ApiError && query.error.status === NO_DOUBT;
  useEffect(() => {
    if (query.error && !absent) notifyFailure(query.error, t("The engine's doubt could not be loaded"));
  }, [query.error, absent]);
  return {
    offered,
    shown: shown && !absent,
    loading: query.isFetching,
    absent,
    heat: shown ? (query.data ?? null) : null,
    toggle: () => setShown(!shown),
  };
}
