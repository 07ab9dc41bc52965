// The program of what the page does: its own workloads and its own measuring, as they are.

import measure from './measure.ts?raw';
import type { Order } from './protocol.ts';
import workloads from './workloads.ts?raw';

const bare = (source: string): string => source.replaceAll(/^import .*\n/gm, '').replaceAll(/^export /gm, '').replace(/^\/\/.*\n+/, ''); // prettier-ignore

export const projectCode = ({ backends, seconds }: Order): string => `import {
  conv2d, nn, optim, rand, randint, randn, tidy, useBackend, warmup, type Tensor,
} from 'rushlight';

${bare(workloads)}
${bare(measure)}
for (const backend of ${JSON.stringify(backends).replaceAll('"', "'").replaceAll(',', ', ')} as const) {
  try {
    console.log(backend, (await useBackend(backend)).description);
  } catch (error) {
    console.log(backend, 'is not there:', error);
    continue;
  }
  for (const { name, unit, amount, prepare } of workloads) {
    const { perSecond } = await measure(prepare(), ${seconds});
    console.log(name, (perSecond * amount).toPrecision(3), unit);
  }
}
`;
