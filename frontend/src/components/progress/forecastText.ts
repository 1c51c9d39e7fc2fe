import { t } from "@/i18n";
import type { Course } from "@/api/types";
import { count, formatDate } from "@/state/format";

type Forecast = Course["forecast"];

/** When the project will be done, in a sentence or two. */
export function forecastText(forecast: Forecast): string {
  const { state, remaining, weeks, accepted, median } = forecast;
  const left = t("{{cases}} left.", { cases: count(remaining, "case") });
  const seen = t("{{cases}} accepted in {{completeWeeks}}", {
    cases: count(accepted, "case"),
    completeWeeks: count(weeks, "complete week"),
  });
  switch (state) {
    case "done":
      return t("Every case is accepted.");
    case "too_little":
      return t(
        "{{left}} Too little work yet to say when it will be done: {{seen}}, of at least {{least_accepted}} in {{least_weeks}}.",
        { left, seen, least_accepted: forecast.least_accepted, least_weeks: forecast.least_weeks },
      );
    case "stalled":
      return t("{{left}} Nothing was accepted in the last {{completeWeeks}}: at this pace it is never done.", {
        left,
        completeWeeks: count(weeks, "complete week"),
      });
    case "ready":
      return median === null
        ? t("{{left}} At this pace ({{seen}}) it takes more than ten years.", { left, seen })
        : t(
            "{{left}} Done about {{median}}, {{forecast}} in 8 of 10 futures drawn from what was done so far ({{seen}}).",
            { left, median: formatDate(median), forecast: rangeText(forecast), seen },
          );
  }
}

function rangeText({ early, late }: Forecast): string {
  return t("between {{early}} and {{late}}", {
    early: formatDate(early),
    late: late === null ? t("more than ten years from now") : formatDate(late),
  });
}
