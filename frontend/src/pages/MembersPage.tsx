import { t } from "@/i18n";
import { Button, Group, Stack } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { PageHeader } from "@/components/common/PageHeader";
import { InvitationTable } from "@/components/projects/InvitationTable";
import { InviteForm } from "@/components/projects/InviteForm";
import { MemberTable } from "@/components/projects/MemberTable";
import { ReceiptTable } from "@/components/projects/ReceiptTable";
import { RequireRole } from "@/components/projects/RequireRole";
import { StaffingNote } from "@/components/projects/StaffingNote";
import { useSlug } from "@/components/projects/useSlug";
import { creditTableUrl, useProject } from "@/state/projects";

export function MembersPage() {
  const slug = useSlug();
  const project = useProject(slug);
  return (
    <RequireRole slug={slug} roles={["manager"]}>
      <PageHeader
        title={t("Members")}
        description={t(
          "Who works in this project, and as what. One person can have several roles, but never reviews their own work.",
        )}
      />
      <Stack gap="lg">
        <StaffingNote project={project} />
        <InviteForm slug={slug} />
        <InvitationTable slug={slug} />
        <MemberTable slug={slug} />
        <ReceiptTable slug={slug} />
        <Group justify="flex-end">
          <Button
            component="a"
            href={creditTableUrl(slug)}
            variant="default"
            leftSection={<IconDownload size={16} />}
            title={t("Hours, cases and vertebrae of each person, for authorship and pay")}
            data-testid="credit-table"
          >
            {t("Credit of each person (CSV)")}
          </Button>
        </Group>
      </Stack>
    </RequireRole>
  );
}
