import { ones, tensor, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { Linear, Module } from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

class Scale extends Module {
  forward(x: Tensor, by = 2) {
    return x.mul(by);
  }
}

const numbers = (x: Tensor | null | undefined): number[] => [...(x?.dataSync() ?? [])].map(Number);

describe('forward hooks', () => {
  test('see and replace arguments and output, in the order of registration', () => {
    const scale = new Scale();
    const seen: unknown[] = [];
    scale.registerForwardPreHook((module, args) => {
      expectTypeOf(module).toEqualTypeOf<Scale>();
      expectTypeOf(args[1]).toEqualTypeOf<number | undefined>();
      seen.push(module === scale, args.length);
      return [args[0].add(1), 10];
    });
    scale.registerForwardPreHook((_module, [x]) => x.add(1));
    scale.registerForwardHook((_module, args, output) => {
      expectTypeOf(output).toEqualTypeOf<Tensor>();
      seen.push(args.length, numbers(output));
      return output.neg();
    });
    scale.registerForwardHook((_module, _args, output) => void seen.push(numbers(output)));
    expect(numbers(scale(tensor([1])))).toEqual([-6]);
    expect(seen).toEqual([true, 1, 1, [6], [-6]]);
  });

  test('are removed one by one, also where one function was registered twice', () => {
    const scale = new Scale();
    let calls = 0;
    const count = (): void => void calls++;
    const [first, second] = [scale.registerForwardHook(count), scale.registerForwardHook(count)];
    scale(ones([1]));
    expect(calls).toBe(2);
    first.remove();
    first.remove();
    scale(ones([1]));
    expect(calls).toBe(3);
    second.remove();
    scale(ones([1]));
    expect(calls).toBe(3);
  });

  test('may remove themselves while they run', () => {
    const scale = new Scale();
    const handle = scale.registerForwardHook(() => handle.remove());
    expect(numbers(scale(scale(ones([1]))))).toEqual([4]);
  });
});

describe('backward hooks', () => {
  test('see the gradients of arguments and outputs, and may replace the former', () => {
    const scale = new Scale();
    const seen: unknown[] = [];
    const handle = scale.registerFullBackwardHook((module, gradInput, gradOutput) => {
      seen.push(module === scale, gradInput.map(numbers), gradOutput.map(numbers));
      return [tensor([7]), null];
    });
    const x = tensor([1], { requiresGrad: true });
    scale(x, 3).mul(5).backward();
    expect(seen).toEqual([true, [[15], []], [[5]]]);
    expect(numbers(x.grad)).toEqual([7]);
    handle.remove();
    x.grad = null;
    scale(x, 3).backward();
    expect(numbers(x.grad)).toEqual([3]);
    expect(seen).toHaveLength(3);
  });

  test('run where only parameters have gradients, and not without backward', () => {
    const fc = new Linear(1, 1);
    const seen: unknown[] = [];
    fc.registerFullBackwardHook((_module, gradInput, gradOutput) => void seen.push(gradInput, gradOutput.map(numbers)));
    const y = fc(ones([1, 1]));
    expect(seen).toEqual([]);
    y.sum().backward();
    expect(seen).toEqual([[null], [[1]]]);
    expect(numbers(fc.weight.grad)).toEqual([1]);
  });
});
