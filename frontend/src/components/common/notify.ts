import { notifications } from "@mantine/notifications";
import { t } from "@/i18n";
import { messageOf } from "@/api/errors";

export function notifyDone(message: string, title?: string): void {
  notifications.show({ color: "petrol", message, ...(title !== undefined && { title }) });
}

/** For the failure of something the user asked for. Stays until it is read. */
export function notifyFailure(error: unknown, title = t("That did not work")): void {
  notifications.show({ color: "red", title, message: messageOf(error), autoClose: 12_000 });
}
