// js-pytorch as a contender: one thread, tensors as nested arrays.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { torch } from 'js-pytorch';
import { digest } from '../src/contenders/digest.ts';
import { serve } from '../src/contenders/serve.ts';
import { readArrays } from '../src/workloads/workload-file.ts';

/** Flat values as nested arrays. */
function nest(values, [length, ...rest]) {
  if (rest.length === 0) return Array.from(values);
  const size = values.length / length;
  return Array.from({ length }, (_, i) => nest(values.subarray(i * size, (i + 1) * size), rest));
}

const tensor = ({ values, shape }, requiresGrad = false) => torch.tensor(nest(values, shape), requiresGrad);

function linear(arrays, name) {
  const { values, shape } = arrays.get(`${name}.weight`);
  const [outputs, inputs] = shape;
  const layer = new torch.nn.Linear(inputs, outputs);
  const transposed = Float32Array.from(values, (_, i) => values[(i % outputs) * inputs + Math.floor(i / outputs)]);
  layer.W._data = nest(transposed, [inputs, outputs]);
  layer.b._data = Array.from(arrays.get(`${name}.bias`).values);
  return layer;
}

function training({ kind, optimizer: { name, lr } }, arrays) {
  if (kind !== 'mlp') throw new Error(`js-pytorch cannot: ${missing[kind]}`);
  if (name !== 'SGD')
    throw new Error(`js-pytorch cannot: its Adam leaves out the bias correction, and it has no other optimizer`);
  const [fc1, fc2, relu] = [linear(arrays, 'fc1'), linear(arrays, 'fc2'), new torch.nn.ReLU()];
  const parameters = [fc1.W, fc1.b, fc2.W, fc2.b];
  const criterion = new torch.nn.CrossEntropyLoss();
  const [x, y] = [arrays.get('x'), arrays.get('y')];
  const [count, ...shape] = x.shape;
  const part = (values, i) => values.slice((i * values.length) / count, ((i + 1) * values.length) / count);
  const batches = Array.from({ length: count }, (_, i) => [
    tensor({ values: part(x.values, i), shape }),
    tensor({ values: part(y.values, i), shape: [y.shape[1]] }),
  ]);
  let steps = 0;
  let loss;
  return {
    step() {
      const [input, target] = batches[steps++ % count];
      loss = criterion.forward(fc2.forward(relu.forward(fc1.forward(input))), target);
      loss.backward();
      for (const parameter of parameters) {
        // There is no SGD: as its Adam does it.
        parameter._data = parameter.add(parameter._grad.mul(-lr))._data;
        parameter.zero_grad();
      }
    },
    finish() {},
    numbers: () => loss.data.flat(),
  };
}

const missing = {
  cnn: 'it has no convolution',
  charlm: 'its attention divides by the square of the head size, and it has no AdamW',
  gru: 'it has no GRU',
};

function kernel({ kind }, arrays) {
  const input = (name, requiresGrad) => tensor(arrays.get(name), requiresGrad);
  const forward = (op) => {
    let output;
    return {
      step: () => (output = op()),
      finish() {},
      numbers: () => digest(output.data.flat(Infinity)),
    };
  };
  switch (kind) {
    case 'matmul': {
      const [a, b] = [input('a'), input('b')];
      return forward(() => a.matmul(b));
    }
    case 'cross-entropy': {
      const [x, y] = [input('x', true), input('y')];
      const criterion = new torch.nn.CrossEntropyLoss();
      let loss;
      return {
        step() {
          x.zero_grad();
          loss = criterion.forward(x, y);
          loss.backward();
        },
        finish() {},
        numbers: () => [loss.data, x._grad.data].flatMap((values) => digest(values.flat(Infinity))),
      };
    }
    case 'softmax':
    case 'layer-norm':
      throw new Error('js-pytorch cannot: backward takes no gradient from outside');
    case 'conv':
      throw new Error(`js-pytorch cannot: ${missing.cnn}`);
    default:
      throw new Error(`js-pytorch cannot: it has no ${kind}`);
  }
}

const home = dirname(createRequire(import.meta.url).resolve('js-pytorch'));
await serve({
  versions: { 'js-pytorch': JSON.parse(readFileSync(join(home, '..', 'package.json'), 'utf8')).version },
  setup: () => ({ threads: 1 }),
  prepare: (workload) => {
    const arrays = readArrays(workload);
    return workload.optimizer && workload.kind !== 'adam' ? training(workload, arrays) : kernel(workload, arrays);
  },
});
