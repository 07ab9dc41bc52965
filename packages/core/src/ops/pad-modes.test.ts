import { beforeAll, describe, expect, test } from 'vitest';
import { autograd, manualSeed, pad, randn, tensor, useBackend, zeros, type PadOptions, type Tensor } from '../index.ts';
import { checked, reference } from '../testing/index.ts';

const { gradcheck, gradgradcheck } = autograd;
const modes = ['constant', 'reflect', 'replicate', 'circular'] as const;

beforeAll(async () => {
  await useBackend(checked(reference()));
  manualSeed(8);
});

const line = (): Tensor => tensor([0, 1, 2, 3, 4]);

describe('pad', () => {
  test.each([
    ['constant', [0, 0, 0, 1, 2, 3, 4, 0]],
    ['reflect', [2, 1, 0, 1, 2, 3, 4, 3]],
    ['replicate', [0, 0, 0, 1, 2, 3, 4, 4]],
    ['circular', [3, 4, 0, 1, 2, 3, 4, 0]],
  ] as const)('continues a tensor: %s', (mode, expected) => {
    expect(pad(line(), [2, 1], { mode }).toArraySync()).toEqual(expected);
  });

  test('cuts off where negative; what wraps around is what is left', () => {
    const cut = (mode: PadOptions['mode']): unknown => pad(line(), [-1, 1], mode ? { mode } : {}).toArraySync();
    expect(cut('constant')).toEqual([1, 2, 3, 4, 0]);
    expect(cut('reflect')).toEqual([1, 2, 3, 4, 3]);
    expect(cut('replicate')).toEqual([1, 2, 3, 4, 4]);
    expect(cut('circular')).toEqual([1, 2, 3, 4, 1]);
    for (const mode of modes) expect(pad(line(), [-1, -2], { mode }).toArraySync()).toEqual([1, 2]);
    expect(pad(line(), [-3, 2], { mode: 'reflect' }).toArraySync()).toEqual([3, 4, 3, 2]);
  });

  test('goes from the last dim backwards, corners included', () => {
    const x = tensor([[1, 2], [3, 4]]); // prettier-ignore
    expect(pad(x, [1, 0, 0, 1], { mode: 'circular' }).toArraySync()).toEqual([[2, 1, 2], [4, 3, 4], [2, 1, 2]]); // prettier-ignore
    expect(pad(x, [1, 0, 0, 1], { mode: 'reflect' }).toArraySync()).toEqual([[2, 1, 2], [4, 3, 4], [2, 1, 2]]); // prettier-ignore
    expect(pad(x, [1, 0, 0, 2], { mode: 'replicate' }).toArraySync()).toEqual([[1, 1, 2], [3, 3, 4], [3, 3, 4], [3, 3, 4]]); // prettier-ignore
    expect(pad(x, [1, 0, 0, 1], { value: 9 }).toArraySync()).toEqual([[9, 1, 2], [9, 3, 4], [9, 9, 9]]); // prettier-ignore
  });

  test('can take all there is, once', () => {
    expect(pad(line(), [4, 4], { mode: 'reflect' }).toArraySync()).toEqual([4, 3, 2, 1, 0, 1, 2, 3, 4, 3, 2, 1, 0]);
    expect(pad(line(), [5, 5], { mode: 'circular' }).toArraySync()).toEqual([...line().dataSync(), ...line().dataSync(), ...line().dataSync()]); // prettier-ignore
  });

  test.each(modes)('gives a new tensor even where nothing is added: %s', (mode) => {
    const x = line();
    const y = pad(x, [0, 0], { mode });
    y.add_(1);
    expect([x.toArraySync(), y.toArraySync()]).toEqual([[0, 1, 2, 3, 4], [1, 2, 3, 4, 5]]); // prettier-ignore
    const part = pad(x, [-1, -1], { mode });
    part.add_(10);
    expect(x.toArraySync()).toEqual([0, 1, 2, 3, 4]);
  });

  test.each(modes)('takes any dtype, an empty batch and any strides: %s', (mode) => {
    const x = tensor([[1, 2], [3, 4], [5, 6]], { dtype: 'int32' }); // prettier-ignore
    const turned = pad(x.t(), [1, 1], { mode });
    expect([turned.dtype, turned.toArraySync()]).toEqual(['int32', pad(x.t().clone(), [1, 1], { mode }).toArraySync()]);
    expect(pad(zeros([0, 1, 3]), [1, 1], { mode }).shape).toEqual([0, 1, 5]);
  });

  test.each(modes)('has the derivative as its gradient, and the second one: %s', (mode) => {
    const x = (): Tensor => randn([1, 3, 4], { dtype: 'float64', requiresGrad: true });
    for (const padding of [[2, 1], [1, -1, 2, 0], [-1, -2, 1, 1]]) {
      const run = (t: Tensor): Tensor => pad(t, padding, { mode });
      expect(gradcheck(run as never, [x()])).toBe(true);
      expect(gradgradcheck(((t: Tensor) => run(t.square())) as never, [x()])).toBe(true);
    }
  }); // prettier-ignore
});

describe('what pad refuses', () => {
  const refused: [() => unknown, string][] = [
    [() => pad(line(), [1]), 'pad: padding [1] does not fit shape [5]. Give a pair for each of the last dims.'],
    [() => pad(line(), [1], { mode: 'reflect' }), 'pad: padding [1] does not fit shape [5]. Give a pair for each of the last dims.'],
    [() => pad(line(), [1, 1, 1, 1], { mode: 'circular' }), 'pad: padding [1, 1, 1, 1] does not fit shape [5]. Give a pair for each of the last dims.'],
    [() => pad(line(), [-3, -3]), 'pad: padding [-3, -3] cuts shape [5] down to [-1]. Cut off less.'],
    [() => pad(line(), [-3, -3], { mode: 'replicate' }), 'pad: padding [-3, -3] leaves nothing of dim 0 of [5]. Cut off less.'],
    [() => pad(line(), [5, 0], { mode: 'reflect' }), "pad: padding [5, 0] asks mode 'reflect' for more than dim 0 of [5] has. Use at most 4."],
    [() => pad(line(), [6, 0], { mode: 'circular' }), "pad: padding [6, 0] asks mode 'circular' for more than dim 0 of [5] has. Use at most 5."],
    [() => pad(zeros([0]), [1, 0], { mode: 'replicate' }), "pad: padding [1, 0] leaves nothing of dim 0 of [0]. Cut off less."],
    [() => pad(line().to('uint8'), [1, 0], { value: 300 }), 'pad: the value 300 does not fit uint8. Use a dtype that holds it.'],
    [() => pad(line().to('int32'), [1, 0], { value: Number.NaN }), 'pad: the value NaN does not fit int32. Use a dtype that holds it.'],
    [() => pad(line(), [0.5, 1]), 'pad: padding [0.5, 1] must be whole numbers. Round them.'],
    [() => pad(line(), [1, 1], { mode: 'wrap' as never }), "pad: there is no mode 'wrap'. Use 'constant', 'reflect', 'replicate' or 'circular'."],
    [() => pad(line(), [1, 1], { mode: 'reflect', value: 2 }), "pad: mode 'reflect' takes no value, it got 2. Leave it out."],
  ]; // prettier-ignore

  test.each(refused.map(([run, message]) => ({ run, message })))('$message', ({ run, message }) => {
    expect(run).toThrow(message);
  });
});
