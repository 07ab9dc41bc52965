// The training loop of the README, one step at a time.

import { nn, optim, tensor, type Tensor } from 'rushlight';
import type { Job } from '../contenders/serve.ts';
import type { LoadedArray, WorkloadFile } from '../workloads/workload-file.ts';
import type { OptimizerSpec } from '../workloads/workload.ts';
import { CharLM } from './char-lm.ts';
import { Cnn } from './cnn.ts';
import { GruLM } from './gru-lm.ts';
import { Mlp } from './mlp.ts';

export type Arrays = ReadonlyMap<string, LoadedArray>;
type Model = nn.Module<[x: Tensor], Tensor>;

/** A job for the workloads that train a model, undefined for the others. */
export function prepareTraining(workload: WorkloadFile, arrays: Arrays): Job | undefined {
  const { optimizer: spec } = workload;
  const model = buildModel(workload, arrays);
  if (!model || !spec) return undefined;
  const parameters = [...arrays].filter(([, { isParameter }]) => isParameter);
  model.loadStateDict(
    Object.fromEntries(parameters.map(([name, { values, shape }]) => [name, tensor(values, { shape })])),
  );
  model.train(workload.dropout);

  const batches = splitBatches(arrays);
  const criterion = new nn.CrossEntropyLoss();
  const optimizer = makeOptimizer(spec, model);
  let steps = 0;
  let loss: Tensor | undefined;
  const read = async (): Promise<number> => Number(await loss?.item());

  return {
    step() {
      const [x, target] = batches[steps++ % batches.length] ?? [];
      if (!x || !target) throw new RangeError('the workload has no batches');
      optimizer.zeroGrad();
      loss = criterion(model(x), target);
      loss.backward();
      optimizer.step();
      return loss;
    },
    finish: read,
    numbers: async () => [await read()],
  };
}

function buildModel({ kind, settings }: WorkloadFile, arrays: Arrays): Model | undefined {
  const shape = (name: string): number[] => arrays.get(name)?.shape ?? [];
  switch (kind) {
    case 'mlp':
      return new Mlp(shape('fc1.weight'), shape('fc2.weight'));
    case 'cnn':
      return new Cnn();
    case 'charlm':
      return new CharLM(shape('token.weight'), shape('position.weight'), settings);
    case 'gru':
      return new GruLM(shape('embedding.weight'), settings);
    default:
      return undefined;
  }
}

function makeOptimizer(
  { name, lr }: OptimizerSpec,
  model: Model,
): optim.SGD | optim.Adam | optim.AdamW | optim.Adadelta {
  switch (name) {
    case 'SGD':
      return new optim.SGD(model.parameters(), { lr });
    case 'Adam':
      return new optim.Adam(model.parameters(), { lr });
    case 'AdamW':
      return new optim.AdamW(model.parameters(), { lr });
    case 'Adadelta':
      return new optim.Adadelta(model.parameters(), { lr });
  }
}

/** Inputs and targets of each batch, resident before the clock starts; sequences of targets become one long list. */
function splitBatches(arrays: Arrays): [Tensor, Tensor][] {
  const [x, y] = [arrays.get('x'), arrays.get('y')];
  if (!x || !y) return [];
  const [count = 0, ...shape] = x.shape;
  const [xSize, ySize] = [x.values.length / count, y.values.length / count];
  return Array.from({ length: count }, (_, i) => [
    tensor(x.values.slice(i * xSize, (i + 1) * xSize), { shape }),
    tensor(y.values.slice(i * ySize, (i + 1) * ySize)),
  ]);
}
