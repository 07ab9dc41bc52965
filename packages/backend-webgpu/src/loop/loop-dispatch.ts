import type { Launch, LoopProgram } from '@rushlight/core/kernel';

/** What the numbers of a loop's kernels are read from: a launch, and how it is cut. */
export interface LoopDispatch {
  readonly launch: Launch<LoopProgram>;
  readonly rows: number;
  readonly columns: number;
  /** The row that an element-wise kernel begins at, and how many elements it has. */
  readonly first: number;
  readonly count: number;
  /** Columns of a chunk, and how many chunks a row has. */
  readonly chunk: number;
  readonly chunks: number;
}
