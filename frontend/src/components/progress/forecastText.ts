import type { Course } from "@/api/types";
import { count, formatDate } from "@/state/format";

type Forecast = Course["forecast"];

/** When the project will be done, in a sentence or two. */
export function forecastText(forecast: Forecast): string {
  const { state, remaining, weeks, accepted, median } = forecast;
  const left = `${count(remaining, "case")} left.`;
  const seen = `${count(accepted, "case")} accepted in ${count(weeks, "complete week")}`;
  switch (state) {
    case "done":
      return "Every case is accepted.";
    case "too_little":
      return `${left} Too little work yet to say when it will be done: ${seen}, of at least ${forecast.least_accepted} in ${forecast.least_weeks}.`;
    case "stalled":
      return `${left} Nothing was accepted in the last ${count(weeks, "complete week")}: at this pace it is never done.`;
    case "ready":
      return median === null
        ? `${left} At this pace (${seen}) it takes more than ten years.`
        : `${left} Done about ${formatDate(median)}, ${rangeText(forecast)} in 8 of 10 futures drawn from what was done so far (${seen}).`;
  }
}

function rangeText({ early, late }: Forecast): string {
  return `between ${formatDate(early)} and ${late === null ? "more than ten years from now" : formatDate(late)}`;
}
