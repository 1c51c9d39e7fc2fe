import { Button, Card, Pagination, Stack, Title } from "@mantine/core";
import { IconBone, IconPlus, IconRulerMeasure } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@/i18n";
import { DensityTable } from "@/components/calibrations/DensityTable";
import { NewRecordForm } from "@/components/calibrations/RecordForms";
import { RecordTable } from "@/components/calibrations/RecordTable";
import { Message } from "@/components/common/Message";
import { PageHeader } from "@/components/common/PageHeader";
import { QueryState } from "@/components/common/QueryState";
import { RequireRole } from "@/components/projects/RequireRole";
import { useSlug } from "@/components/projects/useSlug";
import { useBoneDensity, useCalibrations } from "@/state/measurements";

const PAGE_SIZE = 50;

export function CalibrationsPage() {
  const slug = useSlug();
  return (
    <RequireRole slug={slug} roles={["manager", "physicist"]}>
      <Content slug={slug} />
    </RequireRole>
  );
}

function Content({ slug }: { readonly slug: string }) {
  const [entering, setEntering] = useState(false);
  const [page, setPage] = useState(1);
  const density = useBoneDensity(slug, page);
  const scanner = density.data?.results.find((row) => row.scanner !== "")?.scanner ?? "";
  return (
    <>
      <PageHeader
        title={t("Bone density")}
        description={t(
          "HU become mg/cm³ only through a record that a physicist or manager has verified. Without one the HU are kept.",
        )}
        actions={
          <Button leftSection={<IconPlus size={16} />} onClick={() => setEntering(true)}>
            {t("Enter a calibration")}
          </Button>
        }
      />
      <Stack gap="lg">
        <Card>
          <Title order={2} size="h4" mb="sm">
            {t("Calibrations")}
          </Title>
          <QueryState query={useCalibrations(slug)}>
            {(records) =>
              records.length === 0 ? (
                <Message compact icon={<IconRulerMeasure />} title={t("No calibration yet")}>
                  {t(
                    "Some scanners write a line into their headers, which then appears here to be verified. Others have to be measured with a phantom and entered.",
                  )}
                </Message>
              ) : (
                <RecordTable slug={slug} records={records} />
              )
            }
          </QueryState>
        </Card>
        <Card>
          <Title order={2} size="h4" mb="sm">
            {t("Series")}
          </Title>
          <QueryState query={density}>
            {({ count, results: rows }) =>
              rows.length === 0 ? (
                <Message compact icon={<IconBone />} title={t("No series yet")}>
                  {t("HU are measured as soon as a series has a mask.")}
                </Message>
              ) : (
                <>
                  <DensityTable slug={slug} rows={rows} />
                  {count > PAGE_SIZE && (
                    <Pagination
                      mt="md"
                      total={Math.ceil(count / PAGE_SIZE)}
                      value={page}
                      onChange={setPage}
                      getItemProps={(number) => ({ "aria-label": t("Page {{number}}", { number }) })}
                    />
                  )}
                </>
              )
            }
          </QueryState>
        </Card>
      </Stack>
      <NewRecordForm slug={slug} scanner={scanner} opened={entering} onClose={() => setEntering(false)} />
    </>
  );
}
