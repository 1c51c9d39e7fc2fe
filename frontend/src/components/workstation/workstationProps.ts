/** How somebody is done with a task. */
export interface Finished {
  /** It has feedback to be read. */
  readonly training: boolean;
  /** The project in which the next task is to be opened; null for none. */
  readonly nextIn: string | null;
}

/** What a page tells the workstation. */
export interface WorkstationProps {
  readonly assignmentId: string;
  readonly startLabel?: number | undefined;
  readonly startVoxel?: readonly [number, number, number] | undefined;
  /** After handing in, deciding or giving back. */
  readonly onFinished: (finished: Finished) => void;
}
