import { useMutation, type UseMutationResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { components } from "@/api/schema";
import { keys } from "./keys";

type Schemas = components["schemas"];
export type ReleaseFault = Schemas["ReleaseFault"];
export type LinkedFault = Schemas["LinkedFault"];

const faultsKey = (id: string) => [...keys.release(id), "faults"] as const;

/** Reported faults: one's own, to managers those of everybody. */
export function useFaults(id: string) {
  return useQuery({
    queryKey: faultsKey(id),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/releases/{release_id}/faults", { params: { path: { release_id: id } }, signal })),
  });
}

interface Report {
  readonly said: Schemas["FaultInputRequest"];
  readonly picture: File | null;
}

/** Reports a fault; where its picture is refused, the report stands without it, and `refused` says why. */
export type Reporting = UseMutationResult<{ refused: Error | null }, Error, Report>;

const picturePart = (picture: File) => ({
  headers: { "Content-Type": "application/octet-stream" },
  body: "",
  bodySerializer: () => picture,
});

async function withPicture(
  { said, picture }: Report,
  write: (said: Report["said"]) => Promise<{ id: string }>,
  show: (id: string, picture: File) => Promise<unknown>,
): Promise<{ refused: Error | null }> {
  const made = await write(said);
  if (picture === null) return { refused: null };
  try {
    await show(made.id, picture);
    return { refused: null };
  } catch (error) {
    return { refused: error instanceof Error ? error : new Error(String(error)) };
  }
}

export function useReportFault(id: string): Reporting {
  const queries = useQueryClient();
  const path = { release_id: id };
  return useMutation({
    mutationFn: (report: Report) =>
      withPicture(
        report,
        (body) => answer(client.POST("/api/v1/releases/{release_id}/faults", { params: { path }, body })),
        (fault, picture) =>
          answer(
            client.PUT("/api/v1/releases/{release_id}/faults/{fault_id}/picture", {
              params: { path: { ...path, fault_id: fault } },
              ...picturePart(picture),
            }),
          ),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: faultsKey(id) }),
  });
}

const linkOf = (secret: string) => ({ "X-Link": secret });
const linkedKey = (secret: string) => ["public", "granted", secret, "faults"] as const;

/** What the holder of a link has reported, and on which cases they can. */
export function useLinkedFaults(secret: string) {
  return useQuery({
    queryKey: linkedKey(secret),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/public/granted/faults", { params: { header: linkOf(secret) }, signal })),
  });
}

export function useReportByLink(secret: string): Reporting {
  const queries = useQueryClient();
  const header = linkOf(secret);
  return useMutation({
    mutationFn: (report: Report) =>
      withPicture(
        report,
        (body) => answer(client.POST("/api/v1/public/granted/faults", { params: { header }, body })),
        (fault, picture) =>
          answer(
            client.PUT("/api/v1/public/granted/faults/{fault_id}/picture", {
              params: { path: { fault_id: fault }, header },
              ...picturePart(picture),
            }),
          ),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: linkedKey(secret) }),
  });
}

/** What a manager answers. */
export function useFaultAnswers(id: string) {
  const queries = useQueryClient();
  const onSuccess = () => queries.invalidateQueries({ queryKey: keys.release(id) });
  const path = (fault: string) => ({ path: { release_id: id, fault_id: fault } });
  return {
    takeUp: useMutation({
      mutationFn: ({ fault, text, review }: { fault: string; text: string; review: boolean }) =>
        answer(
          client.POST("/api/v1/releases/{release_id}/faults/{fault_id}/take-up", {
            params: path(fault),
            body: { text, review },
          }),
        ),
      onSuccess,
    }),
    decline: useMutation({
      mutationFn: ({ fault, reason }: { fault: string; reason: string }) =>
        answer(
          client.POST("/api/v1/releases/{release_id}/faults/{fault_id}/decline", {
            params: path(fault),
            body: { reason },
          }),
        ),
      onSuccess,
    }),
  };
}
