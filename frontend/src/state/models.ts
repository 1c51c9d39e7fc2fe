import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { ModelRegistry, TrainingInput } from "@/api/types";
import { untilComputed } from "./asOf";
import { keys } from "./keys";

/** The project's models, trainings and what could be trained on; kept live by the project's socket. */
export function useModels(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "models"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/models", { params: { path: { slug } }, signal })),
  });
}

export function useEditEffort(slug: string) {
  return useQuery({
    queryKey: keys.projectPart(slug, "edit-effort"),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/projects/{slug}/edit-effort", { params: { path: { slug } }, signal })),
    refetchInterval: untilComputed,
  });
}

export interface OnnxModel {
  readonly name: string;
  readonly file: File;
  readonly about: string;
}

export function useModelActions(slug: string) {
  const queries = useQueryClient();
  const key = keys.projectPart(slug, "models");
  const put = (registry: ModelRegistry) => queries.setQueryData(key, registry);
  const refetch = () => queries.invalidateQueries({ queryKey: key });
  return {
    train: useMutation({
      mutationFn: (body: TrainingInput) =>
        answer(client.POST("/api/v1/projects/{slug}/trainings", { params: { path: { slug } }, body })),
      onSuccess: refetch,
    }),
    stop: useMutation({
      mutationFn: (id: string) =>
        answer(client.POST("/api/v1/trainings/{training_id}/stop", { params: { path: { training_id: id } } })),
      onSuccess: refetch,
    }),
    end: useMutation({
      mutationFn: (id: string) =>
        answer(client.POST("/api/v1/trainings/{training_id}/end", { params: { path: { training_id: id } } })),
      onSuccess: refetch,
    }),
    compare: useMutation({
      mutationFn: (id: string) =>
        answer(client.POST("/api/v1/models/{model_id}/compare", { params: { path: { model_id: id } } })),
      onSuccess: refetch,
    }),
    promote: useMutation({
      mutationFn: (id: string) =>
        answer(client.POST("/api/v1/models/{model_id}/promote", { params: { path: { model_id: id } } })),
      onSuccess: put,
    }),
    rollBack: useMutation({
      mutationFn: () => answer(client.POST("/api/v1/projects/{slug}/models/roll-back", { params: { path: { slug } } })),
      onSuccess: put,
    }),
    register: useMutation({
      mutationFn: ({ name, file, about }: OnnxModel) => {
        const form = new FormData();
        form.set("name", name);
        form.set("file", file);
        form.set("about", about);
        return answer(
          client.POST("/api/v1/projects/{slug}/models/onnx", {
            params: { path: { slug } },
            body: { name, file: file.name, about, notes: "" },
            bodySerializer: () => form,
          }),
        );
      },
      onSuccess: put,
    }),
  };
}
