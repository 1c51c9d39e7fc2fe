interface Mutation<Variables, Result> {
  readonly mutateAsync: (variables: Variables) => Promise<Result>;
}

interface Ends<Result> {
  readonly onSuccess?: (result: Result) => void;
  readonly onError: (error: Error) => void;
}

/**
 * Do what the user asked for and say how it ended, also where what asked for it has left the page by then: a row
 * that goes with its answer takes the callbacks of `mutate` with it, and neither success nor failure is told.
 */
export function act<Variables, Result>(
  mutation: Mutation<Variables, Result>,
  variables: Variables,
  { onSuccess, onError }: Ends<Result>,
): void {
  void mutation.mutateAsync(variables).then(onSuccess, onError);
}
