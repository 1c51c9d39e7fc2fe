import { Center, Loader } from "@mantine/core";
import { t } from "@/i18n";

export function PageLoader() {
  return (
    <Center mih="40vh" role="status" aria-label={t("Loading")}>
      <Loader type="dots" />
    </Center>
  );
}
