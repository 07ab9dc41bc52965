// What a loop compiles: everything in its first rounds, nothing afterwards, whatever the learning rate, the size of the last batch
// or the length of a sequence.

import { cpu } from '@rushlight/backend-cpu';
import { wasm } from '@rushlight/backend-wasm';
import { manualSeed, randint, randn, tidy, useBackend, type BackendFactory, type Tensor } from '@rushlight/core';
import { CrossEntropyLoss } from '@rushlight/losses';
import { Dropout, Embedding, LayerNorm, Linear, ReLU, Sequential, functional } from '@rushlight/nn';
import { Adam, clipGradNorm_, lrScheduler } from '@rushlight/optim';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

/** What was compiled, and the programs that were run. */
const seen = { modules: 0, functions: 0, programs: new Set<string>() };
const count = (): number[] => [seen.modules, seen.functions, seen.programs.size];

const originals = { Module: WebAssembly.Module, Function: globalThis.Function };

/** Opens a backend whose programs and compilations are counted. */
async function open(factory: BackendFactory): Promise<void> {
  const { backend } = await useBackend(factory);
  const run = backend.run.bind(backend);
  backend.run = (launch) => {
    seen.programs.add(launch.program.key);
    run(launch);
  };
}

beforeEach(() => {
  Object.assign(seen, { modules: 0, functions: 0, programs: new Set() });
  WebAssembly.Module = new Proxy(originals.Module, {
    construct(target, args) {
      seen.modules++;
      return Reflect.construct(target, args) as WebAssembly.Module;
    },
  });
  globalThis.Function = new Proxy(originals.Function, {
    construct(target, args) {
      seen.functions++;
      return Reflect.construct(target, args) as () => void;
    },
  });
});

afterEach(() => {
  WebAssembly.Module = originals.Module;
  globalThis.Function = originals.Function;
});

const inFull = process.env['ENGINES'] === 'all';

// Programs are core's, whatever runs them: on cpu in full only.
describe.each([
  { name: 'wasm', create: () => wasm({ threads: 1 }) },
  ...(inFull ? [{ name: 'cpu', create: () => cpu() }] : []),
])('$name', ({ create }) => {
  test('a thousand Adam steps under a schedule, with ragged last batches, compile what the first epoch did', async () => {
    await open(create());
    manualSeed(1);
    const model = new Sequential(new Linear(20, 33), new ReLU(), new Dropout({ p: 0.1 }), new Linear(33, 5));
    const optimizer = new Adam(model.parameters(), { lr: 0.01, weightDecay: 0.01 });
    const scheduler = new lrScheduler.LambdaLR(optimizer, (step) => 1 / (1 + step / 100));
    const criterion = new CrossEntropyLoss({ labelSmoothing: 0.1 });
    const batches = [16, 16, 16, 7].map((size): [Tensor, Tensor] => [randn([size, 20]), randint(5, [size])]);
    const epoch = (): void => {
      for (const [x, target] of batches) {
        tidy(() => {
          optimizer.zeroGrad();
          criterion(model(x) as Tensor, target).backward();
          clipGradNorm_(model.parameters(), 1);
          optimizer.step();
        });
        scheduler.step();
      }
    };
    epoch();
    const warm = count();
    expect(warm[2]).toBeGreaterThan(5);
    expect((warm[0] ?? 0) + (warm[1] ?? 0)).toBeGreaterThan(5);
    for (let k = 1; k < 250; k++) epoch();
    expect(count()).toEqual(warm);
  });

  test('a sequence that grows from 1 to 512 compiles what a few lengths did', async () => {
    await open(create());
    manualSeed(1);
    const [embedding, linear, norm] = [new Embedding(11, 8), new Linear(8, 11), new LayerNorm(11)];
    const optimizer = new Adam([...embedding.parameters(), ...linear.parameters(), ...norm.parameters()]);
    const criterion = new CrossEntropyLoss();
    const step = (length: number): void => {
      const [tokens, target] = [randint(11, [1, length]), randint(11, [length])];
      tidy(() => {
        optimizer.zeroGrad();
        const h = norm(linear(embedding(tokens)));
        const mixed = functional.softmax(h.matmul(h.transpose(1, 2)), -1).matmul(h);
        criterion(mixed.flatten(0, 1), target).backward();
        optimizer.step();
      });
    };
    for (const length of [1, 2, 3, 6, 12, 24, 48, 96]) step(length);
    const warm = count();
    for (let length = 1; length <= 512; length++) step(length);
    expect(count()).toEqual(warm);
  });
});
