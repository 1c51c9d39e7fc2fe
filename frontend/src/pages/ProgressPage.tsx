import { SimpleGrid, Stack } from "@mantine/core";
import { IconTrendingUp } from "@tabler/icons-react";
import { useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import { t } from "@/i18n";
import type { Course } from "@/api/types";
import { Message } from "@/components/common/Message";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { AgeingCard } from "@/components/progress/AgeingCard";
import { BurnUpCard } from "@/components/progress/BurnUpCard";
import { CoverageCard } from "@/components/progress/CoverageCard";
import { FlowCard } from "@/components/progress/FlowCard";
import { ModelCostCard } from "@/components/progress/ModelCostCard";
import { StageCard } from "@/components/progress/StageCard";
import { WeeksCard } from "@/components/progress/WeeksCard";
import { WorkloadCard } from "@/components/progress/WorkloadCard";
import { RequireRole } from "@/components/projects/RequireRole";
import { useSlug } from "@/components/projects/useSlug";
import { AsOfNote } from "@/components/reports/AsOfNote";
import { useCourse } from "@/state/reports";

export function ProgressPage() {
  const slug = useSlug();
  return (
    <RequireRole slug={slug} roles={["manager"]}>
      <PageHeader
        title={t("Progress")}
        description={t("How far the project is, when it will be done, where cases wait and what they cost.")}
      />
      <QueryState query={useCourse(slug)}>{(course) => <Content slug={slug} course={course} />}</QueryState>
    </RequireRole>
  );
}

/** Links lead to one of the reports, which stand far down. */
function useMeantReport(isShown: boolean): void {
  const hash = useLocation({ select: (location) => location.hash });
  useEffect(() => {
    if (isShown && hash !== "") document.getElementById(hash)?.scrollIntoView({ block: "center" });
  }, [isShown, hash]);
}

function Content({ slug, course }: { readonly slug: string; readonly course: Course }) {
  useMeantReport(course.as_of.computed_at !== null);
  if (course.weeks.length === 0 && course.as_of.computed_at !== null) {
    return (
      <Message icon={<IconTrendingUp />} title={t("No case yet")} testId="no-course">
        {t("Progress is counted in cases. They are made from uploaded series.")}
      </Message>
    );
  }
  return (
    <Stack gap="lg">
      <AsOfNote asOf={course.as_of} slug={slug} part="course" />
      {course.as_of.computed_at !== null && (
        <>
          <BurnUpCard course={course} />
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
            <WeeksCard weeks={course.weeks} />
            <ModelCostCard models={course.models} />
          </SimpleGrid>
          <StageCard stages={course.stages} />
          <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
            <AgeingCard cases={course.ageing} />
            <WorkloadCard slug={slug} people={course.people} />
          </SimpleGrid>
          <CoverageCard slug={slug} rows={course.coverage} />
          <FlowCard flow={course.flow} />
        </>
      )}
    </Stack>
  );
}
