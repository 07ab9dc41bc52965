import { inspect } from 'node:util';
import { ones, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import { beforeAll, expect, test } from 'vitest';
import * as nn from '../index.ts';

beforeAll(async () => {
  await useBackend(reference());
});

const printed: [build: () => nn.Module, text: string][] = [
  [() => new nn.Linear(10, 5), 'Linear(inFeatures=10, outFeatures=5, bias=true)'],
  [() => new nn.Conv2d(1, 2, 3), 'Conv2d(1, 2, kernelSize=[3, 3], stride=[1, 1])'],
  [
    () => new nn.Conv2d(2, 4, [3, 1], { padding: 1, dilation: 2, groups: 2, bias: false, paddingMode: 'reflect' }),
    'Conv2d(2, 4, kernelSize=[3, 1], stride=[1, 1], padding=[1, 1], dilation=[2, 2], groups=2, bias=false, paddingMode=reflect)',
  ],
  [() => new nn.Conv1d(1, 2, 3, { padding: 'same' }), 'Conv1d(1, 2, kernelSize=[3], stride=[1], padding=same)'],
  [
    () => new nn.ConvTranspose2d(2, 3, 3, { stride: 2, outputPadding: 1 }),
    'ConvTranspose2d(2, 3, kernelSize=[3, 3], stride=[2, 2], outputPadding=[1, 1])',
  ],
  [
    () => new nn.MaxPool2d([2, 3]),
    'MaxPool2d(kernelSize=[2, 3], stride=[2, 3], padding=0, dilation=1, ceilMode=false)',
  ],
  [() => new nn.Dropout({ p: 0.3 }), 'Dropout(p=0.3, inplace=false)'],
  [() => new nn.Flatten(), 'Flatten(startDim=1, endDim=-1)'],
  [() => new nn.Unflatten(1, [2, 3]), 'Unflatten(dim=1, unflattenedSize=[2, 3])'],
  [() => new nn.Identity(), 'Identity()'],
  [() => new nn.ReLU(), 'ReLU()'],
  [() => new nn.ReLU({ inplace: true }), 'ReLU(inplace=true)'],
  [() => new nn.ELU({ alpha: 0.5, inplace: true }), 'ELU(alpha=0.5, inplace=true)'],
  [() => new nn.GELU(), "GELU(approximate='none')"],
  [() => new nn.Softplus(), 'Softplus(beta=1, threshold=20)'],
  [() => new nn.Hardtanh({ minVal: -2 }), 'Hardtanh(minVal=-2, maxVal=1)'],
  [() => new nn.Softshrink(), 'Softshrink(0.5)'],
  [() => new nn.Hardshrink({ lambd: 1 }), 'Hardshrink(1)'],
  [() => new nn.Threshold(0.1, 2), 'Threshold(threshold=0.1, value=2)'],
  [() => new nn.Softmax(1), 'Softmax(dim=1)'],
  [() => new nn.GLU(), 'GLU(dim=-1)'],
  [() => new nn.PReLU({ numParameters: 3 }), 'PReLU(numParameters=3)'],
  [() => new nn.Sequential(), 'Sequential()'],
  [() => new nn.ModuleList([new nn.ReLU()]), 'ModuleList(\n  (0): ReLU()\n)'],
  [() => new nn.ParameterList([ones([2, 3])]), 'ParameterList((0): Parameter(shape=[2, 3], dtype=float32))'],
];

test.each(printed.map(([build, text]) => ({ text, build })))('$text', ({ build, text }) => {
  expect(String(build())).toBe(text);
});

test('a module is printed with what it contains', () => {
  class Inner extends nn.Module {
    fc = new nn.Linear(2, 2);
    override extraRepr(): string {
      return 'first\nsecond';
    }
    forward(x: Tensor) {
      return this.fc(x);
    }
  }
  class Outer extends nn.Module {
    body = new nn.Sequential({ inner: new Inner(), act: new nn.ReLU() });
    forward(x: Tensor) {
      return this.body(x);
    }
  }
  const text = `Outer(
  (body): Sequential(
    (inner): Inner(
      first
      second
      (fc): Linear(inFeatures=2, outFeatures=2, bias=true)
    )
    (act): ReLU()
  )
)`;
  expect(new Outer().toString()).toBe(text);
  expect(inspect(new Outer())).toBe(text);
});
