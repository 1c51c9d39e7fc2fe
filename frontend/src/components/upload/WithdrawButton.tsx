import { t } from "@/i18n";
import { act } from "@/components/common/act";
import { Button, type ButtonProps } from "@mantine/core";
import type { Batch } from "@/api/types";
import { confirm } from "@/components/common/confirm";
import { notifyDone, notifyFailure } from "@/components/common/notify";
import { count } from "@/state/format";
import { useWithdrawBatch } from "@/state/imaging";

interface Props extends ButtonProps {
  readonly slug: string;
  readonly batch: Batch;
  readonly label: string;
  readonly onWithdrawn?: () => void;
}

/** Takes an upload back: after a question its files are deleted from the server. */
export function WithdrawButton({ slug, batch, label, onWithdrawn, ...look }: Props) {
  const withdraw = useWithdrawBatch(slug);
  const stays =
    batch.series.length === 0
      ? ""
      : t(" The {{series}} series that were stored already stay.", { series: batch.series.length });
  const ask = () =>
    confirm({
      title: t("Withdraw this upload?"),
      body: t(
        "{{files}} will be deleted from the server, with their names.{{stays}} To use the scans, upload them again.",
        { files: count(batch.uploads.length, "file"), stays },
      ),
      verb: t("Delete the files"),
      danger: true,
      onConfirm: () =>
        act(withdraw, batch.id, {
          onSuccess: () => {
            notifyDone(t("The upload was withdrawn and its files are deleted."));
            onWithdrawn?.();
          },
          onError: (error) => notifyFailure(error),
        }),
    });
  return (
    <Button variant="default" onClick={ask} loading={withdraw.isPending} data-testid="withdraw" {...look}>
      {label}
    </Button>
  );
}
