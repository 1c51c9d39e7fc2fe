/** What a page tells the workstation. */
export interface WorkstationProps {
  readonly assignmentId: string;
  readonly startLabel?: number | undefined;
  readonly startVoxel?: readonly [number, number, number] | undefined;
  /** After handing in or deciding. */
  readonly onFinished: (training: boolean) => void;
}
