// ONNX Runtime as a contender, for products (it runs models and does not train): `onnx.mjs <node | web> <threads>`.

import { digest } from '../src/contenders/digest.ts';
import { serve } from '../src/contenders/serve.ts';
import { readArrays } from '../src/workloads/workload-file.ts';

const [flavour, threads] = process.argv.slice(2);
const ort = flavour === 'node' ? await import('onnxruntime-node') : await import('onnxruntime-web');
ort.env.logLevel = 'error';
if (flavour === 'web') ort.env.wasm.numThreads = Number(threads);

// A model of one MatMul, in the protocol buffers of onnx.proto: field numbers as there.
const varint = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const int = (field, value) => [field << 3, ...varint(value)];
const bytes = (field, content) => [(field << 3) | 2, ...varint(content.length), ...content];
const text = (field, content) => bytes(field, [...new TextEncoder().encode(content)]);

function matmulModel(size) {
  const dim = bytes(1, int(1, size));
  const type = bytes(1, [...int(1, 1), ...bytes(2, [...dim, ...dim])]); // float32 [size, size]
  const value = (name) => [...text(1, name), ...bytes(2, type)];
  const node = [...text(1, 'a'), ...text(1, 'b'), ...text(2, 'c'), ...text(4, 'MatMul')];
  const graph = [
    ...bytes(1, node),
    ...text(2, 'product'),
    ...bytes(11, value('a')),
    ...bytes(11, value('b')),
    ...bytes(12, value('c')),
  ];
  return Uint8Array.from([...int(1, 8), ...bytes(7, graph), ...bytes(8, int(2, 13))]);
}

async function prepare(workload) {
  if (workload.kind !== 'matmul') throw new Error('ONNX Runtime takes part in products only: it does not train');
  const arrays = readArrays(workload);
  const [a, b] = ['a', 'b'].map((name) => new ort.Tensor('float32', arrays.get(name).values, arrays.get(name).shape));
  const session = await ort.InferenceSession.create(matmulModel(a.dims[0]), {
    executionProviders: [flavour === 'node' ? 'cpu' : 'wasm'],
    intraOpNumThreads: Number(threads),
    interOpNumThreads: 1,
  });
  let output;
  return {
    step: async () => {
      output = (await session.run({ a, b })).c;
    },
    finish() {},
    numbers: () => digest(output.data),
  };
}

await serve({
  versions: { [`onnxruntime-${flavour}`]: ort.env.versions.common },
  setup: () => (flavour === 'web' ? { threads: ort.env.wasm.numThreads } : {}), // the other does not tell
  prepare,
});
