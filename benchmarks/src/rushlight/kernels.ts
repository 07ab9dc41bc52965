// One operation on arrays that stay the same, forward and where it says so backward. What it made last time is freed at once, as
// PyTorch frees it: memory is not what is measured here.

import { conv2d, nn, noGrad, optim, tensor, type Tensor } from 'rushlight';
import { digest, travelled } from '../contenders/digest.ts';
import type { Job } from '../contenders/serve.ts';
import type { WorkloadFile } from '../workloads/workload-file.ts';
import { gpuRegisters } from './gpu-registers.ts';
import { registers } from './registers.ts';
import type { Arrays } from './training.ts';

const { crossEntropy, gelu, layerNorm, softmax } = nn.functional;

export function prepareKernel({ kind, settings, optimizer }: WorkloadFile, arrays: Arrays): Job {
  const input = (name: string, requiresGrad = false): Tensor => {
    const array = arrays.get(name);
    if (!array) throw new RangeError(`the workload has no array ${name}`);
    return tensor(array.values, { shape: array.shape, requiresGrad });
  };
  switch (kind) {
    case 'matmul': {
      const [a, b] = [input('a'), input('b')];
      return forward(() => a.matmul(b));
    }
    case 'gelu': {
      const x = input('x');
      return forward(() => gelu(x));
    }
    case 'softmax': {
      const x = input('x', true);
      return backward(() => softmax(x, -1), [x], input('grad'));
    }
    case 'layer-norm': {
      const [x, weight, bias] = [input('x', true), input('weight', true), input('bias', true)];
      return backward(() => layerNorm(x, [512], { weight, bias }), [x, weight, bias], input('grad'));
    }
    case 'cross-entropy': {
      const [x, y] = [input('x', true), input('y')];
      return backward(() => crossEntropy(x, y), [x]);
    }
    case 'conv': {
      const [x, weight] = [input('x', true), input('weight', true)];
      return backward(() => conv2d(x, weight, settings), [x, weight], input('grad'));
    }
    case 'adam': {
      const param = input('param', true);
      param.grad = input('grad');
      const lr = optimizer?.lr ?? 1e-3;
      const adam = new optim.Adam([param], { lr });
      const start = arrays.get('param')?.values ?? [];
      return {
        ...job(
          () => adam.step(),
          () => [param],
        ),
        numbers: async () => digest(travelled((await param.data()) as Float32Array, start, lr)),
      };
    }
    case 'registers':
      return registers();
    case 'registers-gpu':
      return gpuRegisters();
    default:
      throw new RangeError(`there is no kernel ${kind}`);
  }
}

function forward(op: () => Tensor): Job {
  let output: Tensor | undefined;
  return job(
    () => {
      output?.dispose();
      output = noGrad(op);
    },
    () => (output ? [output] : []),
  );
}

/** The output, and the gradient of each input; a scalar needs no gradient of its own. */
function backward(op: () => Tensor, inputs: readonly Tensor[], grad?: Tensor): Job {
  let output: Tensor | undefined;
  return job(
    () => {
      output?.dispose();
      for (const input of inputs) {
        input.grad?.dispose();
        input.grad = null;
      }
      output = op();
      output.backward(grad);
    },
    () => [output, ...inputs.map((input) => input.grad)].filter((tensor) => tensor != null),
  );
}

function job(step: () => void, outputs: () => readonly Tensor[]): Job {
  return {
    step,
    /** Reading one element of the last output waits for all of it. */
    finish: () => outputs().at(-1)?.detach().reshape([-1]).select(0, 0).item(),
    numbers: async () => (await Promise.all(outputs().map(async (output) => digest(await output.data())))).flat(),
  };
}
