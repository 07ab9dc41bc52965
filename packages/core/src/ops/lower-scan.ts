// A scan as one loop: for every position a reduction over those up to it.

import type { Dispatch, StorageOperand } from '../dispatch.ts';
import { mod, select, type ScanProgram } from '../kernel/index.ts';
import { lastAs, loweredLoop } from './lowered-loop.ts';

const scanLoop = loweredLoop<[reduce: ScanProgram['reduce']]>((k, reduce) => {
  const x = k.input(0);
  const soFar = k.column.le(mod(k.row, k.scalar('int32')));
  if (reduce === 'sum') k.perRow(k.sum(select(soFar, x, 0)));
  else if (reduce === 'prod') k.perRow(k.prod(select(soFar, x, 1)));
  else {
    // The element itself takes the place of later ones: no number is smaller than all of every dtype.
    const candidate = select(soFar, x, k.input(1));
    const best = reduce === 'max' ? k.max(candidate) : k.min(candidate);
    const isBest = x.eq(best).or(x.isNaN().and(best.isNaN()));
    k.perRow(best);
    k.perRow(k.max(select(soFar.and(isBest), k.column, 0)));
  }
});

/** Runs the loop that computes what a scan launch would. */
export function lowerScan({ device, sizes, operands, ...request }: Dispatch, run: (part: Dispatch) => void): void {
  const { reduce } = request.program as ScanProgram;
  const n = sizes.at(-1) ?? 1;
  const [input, ...outputs] = operands as [StorageOperand, ...StorageOperand[]];
  const inputs = [lastAs('column', input), ...(outputs.length > 1 ? [lastAs('row', input)] : [])];
  const walked = outputs.map((output) => lastAs('row', output));
  run(scanLoop({ device, sizes: [...sizes, n], rowRank: sizes.length, inputs, outputs: walked, scalars: [n] }, reduce));
}
