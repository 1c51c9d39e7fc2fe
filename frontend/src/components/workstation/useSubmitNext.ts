import { useState } from "react";
import { t } from "@/i18n";
import { notifyFailure } from "@/components/common/notify";
import { hasWords, isClear, type BeforeHandIn } from "./submitting";
import type { HandIn } from "./useHandIn";

export interface SubmitNext {
  /** It is on its way. */
  readonly handingIn: boolean;
  readonly submitNext: () => void;
}

/** Hand in and go on with the next task: at once where nothing is open and no word was begun; else `ask`. */
export function useSubmitNext(
  assignmentId: string,
  handIn: Pick<HandIn, "submit">,
  before: () => BeforeHandIn,
  ask: () => void,
): SubmitNext {
  const [handingIn, setHandingIn] = useState(false);
  const submitNext = (): void => {
    if (!isClear(before()) || hasWords(assignmentId)) return ask();
    setHandingIn(true);
    handIn
      .submit("", [], true)
      .catch((error: unknown) => {
        notifyFailure(error, t("Not submitted"));
        ask();
      })
      .finally(() => setHandingIn(false));
  };
  return { handingIn, submitNext };
}
