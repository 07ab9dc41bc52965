// The TypeScript of what a figure shows.

import type { Question } from './measure.ts';

const list = (values: readonly number[]): string => `[${values.map((value) => Number(value.toFixed(4))).join(', ')}]`;

/** The lines that compute the loss of these logits and its gradient. */
export function lossCode({ logits, target, smoothing = 0, temperature = 1, weight }: Question): string {
  const input = temperature === 1 ? 'logits' : `logits.div(${temperature})`;
  const options = [
    ...(smoothing > 0 ? [`labelSmoothing: ${smoothing}`] : []),
    // Over one sample, the mean would divide by the weight that it has just been multiplied with.
    ...(weight ? [`weight: tensor(${list(weight)})`, `reduction: 'sum'`] : []),
  ];
  return [
    `const logits = tensor(${list(logits)}, { requiresGrad: true });`,
    typeof target === 'number'
      ? `const target = tensor(${target}, { dtype: 'int32' });`
      : `const target = tensor(${list(target)});`,
    `const loss = nn.functional.crossEntropy(${input}, target${options.length > 0 ? `, { ${options.join(', ')} }` : ''});`,
    'loss.backward();',
  ].join('\n');
}

/** A program that prints what the main figure shows, and the worked example. */
export const program = (question: Question): string => `import { nn, tensor, useBackend } from 'rushlight';

await useBackend('cpu');
${lossCode(question)}
console.log('loss', await loss.item());
console.log('gradient', await logits.grad?.toArray());

// The worked example: two logits, and either of them the truth.
for (const truth of [0, 1]) {
  const worked = nn.functional.crossEntropy(tensor([[10, 5]]), tensor([truth], { dtype: 'int32' }));
  console.log(truth, await worked.item()); // 0.0067, 5.0067
}`;
