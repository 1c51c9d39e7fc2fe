import { Table } from "@mantine/core";
import { t } from "@/i18n";

/** The head of a column of buttons: named for who hears the table, empty for who sees it. */
export function ActionsHead() {
  return (
    <Table.Th>
      <span className="visually-hidden">{t("Actions")}</span>
    </Table.Th>
  );
}
