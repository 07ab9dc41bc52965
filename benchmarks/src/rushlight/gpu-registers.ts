// The yardstick of products on a GPU: multiply-adds that never leave the registers, written as any other kernel, so that they are what
// its driver makes of a·b + c. Drivers of GPUs make it one instruction.

import { loopOp, noGrad, runLoop, type LoopBuilder, type Tensor } from 'rushlight';
import type { Job } from '../contenders/serve.ts';

/** Rows are what keeps many multiprocessors busy, columns what their threads walk. */
const rows = 2 ** 12;
const columns = 2 ** 12;
/** Chains that do not wait for each other, in each element. */
const chains = 4;
const links = 64;

export const gpuRegisterFlops = rows * columns * chains * links * 2;

/** What the sum over a row is: chains begin at 0 and 1 in turn, plus their number, and each link adds 1. */
export const rowSum = columns * chains * (0.5 + (chains - 1) / 2 + links);

const multiplyAdds = loopOp('registers', (k: LoopBuilder) => {
  const [factor, step] = [k.scalar('float32'), k.scalar('float32')];
  const begin = k.column.and(1).cast('float32');
  const ends = Array.from({ length: chains }, (_, chain) => {
    let x = begin.add(chain);
    for (let link = 0; link < links; link++) x = x.mul(factor).add(step);
    return x;
  });
  k.perRow(k.sum(ends.reduce((sum, end) => sum.add(end))));
});

/** Runs on the default device, over fewer rows where that is asked for. */
export function gpuRegisters(count = rows): Job {
  const shape = [count, columns];
  let sums: Tensor | undefined;
  const read = async (): Promise<number[]> => [Number(await sums?.select(0, count - 1).item())];
  return {
    step() {
      sums?.dispose();
      // Numbers of the launch, so that nobody can tell beforehand what comes out.
      [sums] = noGrad(() => runLoop(multiplyAdds([]), [], { shape, columns: [1], scalars: [1, 1] }));
    },
    finish: read,
    numbers: read,
  };
}
