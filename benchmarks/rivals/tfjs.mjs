// tfjs as a contender: `tfjs.mjs <cpu | wasm> <threads>`. Images are channels-last, as tfjs wants them.

import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { digest, travelled } from '../src/contenders/digest.ts';
import { serve } from '../src/contenders/serve.ts';
import { readArrays } from '../src/workloads/workload-file.ts';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs');

const [backend, threads] = process.argv.slice(2);
tf.env().set('PROD', true); // no checks, no advice to install something else
const wasm = backend === 'wasm' ? require('@tensorflow/tfjs-backend-wasm') : undefined;
if (wasm) {
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm')) + sep);
  wasm.setThreadsCount(Number(threads));
}
await tf.setBackend(backend);
await tf.ready();
if (tf.getBackend() !== backend) throw new Error(`tfjs runs on ${tf.getBackend()} where ${backend} was asked for`);

// Training

/** Weights in tfjs' layouts: [in, out] for linear layers, [height, width, in, out] for convolutions. */
function variable({ values, shape }, name) {
  if (!name.endsWith('.weight') || /^(token|position|embedding)/.test(name))
    return tf.variable(tf.tensor(values, shape));
  const order = { 1: [0], 2: [1, 0], 4: [2, 3, 1, 0] }[shape.length];
  return tf.tidy(() => tf.variable(tf.transpose(tf.tensor(values, shape), order)));
}

function training({ kind, optimizer: { name, lr }, dropout, settings }, arrays) {
  const w = {};
  for (const [key, array] of arrays) {
    if (array.isParameter) w[key] = key.includes('_l0') ? gruVariable(array) : variable(array, key);
  }
  const batches = splitBatches(arrays);
  const optimizer = {
    SGD: () => tf.train.sgd(lr),
    Adam: () => tf.train.adam(lr, 0.9, 0.999, 1e-8),
    AdamW: () => tf.train.adam(lr, 0.9, 0.999, 1e-8),
    Adadelta: () => tf.train.adadelta(lr, 0.9, 1e-6),
  }[name]();
  const parameters = Object.values(w);
  const forward = models[kind](w, settings, dropout);
  let steps = 0;
  let loss;
  return {
    step() {
      const [x, target] = batches[steps++ % batches.length];
      loss?.dispose();
      if (name === 'AdamW') tf.tidy(() => parameters.forEach((p) => p.assign(tf.mul(p, 1 - lr * 0.01))));
      loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(target, forward(x)), true, parameters);
    },
    finish: () => loss.data(),
    numbers: async () => [...(await loss.data())],
  };
}

/** PyTorch's [3 · hidden, in], transposed. */
const gruVariable = ({ values, shape }) =>
  tf.tidy(() => tf.variable(shape.length === 2 ? tf.transpose(tf.tensor(values, shape)) : tf.tensor(values, shape)));

function splitBatches(arrays) {
  const { values, shape } = arrays.get('x');
  const y = arrays.get('y');
  const classes = arrays.get('head.bias') ?? arrays.get('fc2.bias');
  const xs = tf.unstack(tf.tensor(values, shape, values instanceof Int32Array ? 'int32' : 'float32'));
  const ys = tf.unstack(tf.tensor(y.values, [y.shape[0], y.values.length / y.shape[0]], 'int32'));
  return xs.map((x, i) => [
    x.rank === 4 ? tf.transpose(x, [0, 2, 3, 1]) : x,
    tf.cast(tf.oneHot(ys[i], classes.shape[0]), 'float32'),
  ]);
}

const models = {
  mlp: (w) => (x) => linear(w, 'fc2', tf.relu(linear(w, 'fc1', x))),

  cnn: (w, _, dropout) => {
    const drop = (x, rate) => (dropout ? tf.dropout(x, rate) : x);
    const conv = (x, name) => tf.relu(tf.add(tf.conv2d(x, w[`${name}.weight`], 1, 'valid'), w[`${name}.bias`]));
    return (x) => {
      const features = drop(tf.maxPool(conv(conv(x, 'conv1'), 'conv2'), 2, 2, 'valid'), 0.25);
      const flat = tf.reshape(tf.transpose(features, [0, 3, 1, 2]), [features.shape[0], -1]);
      return linear(w, 'fc2', drop(tf.relu(linear(w, 'fc1', flat)), 0.5));
    };
  },

  charlm: (w, { layers, heads }) => {
    const context = w['position.weight'].shape[0];
    const ahead = tf.buffer([context, context]);
    for (let i = 0; i < context; i++) for (let j = i + 1; j < context; j++) ahead.set(-1e9, i, j);
    const mask = ahead.toTensor();
    return (x) => {
      let hidden = tf.add(embed(w['token.weight'], x), w['position.weight']);
      for (let i = 0; i < layers; i++) {
        const name = `blocks.${i}`;
        hidden = tf.add(hidden, attend(w, name, norm(w, `${name}.norm1`, hidden), mask, heads));
        const wide = gelu(linear3(w, `${name}.fc1`, norm(w, `${name}.norm2`, hidden)));
        hidden = tf.add(hidden, linear3(w, `${name}.fc2`, wide));
      }
      return linear(w, 'head', tf.reshape(norm(w, 'norm', hidden), [-1, hidden.shape[2]]));
    };
  },

  gru: (w, { hidden: size }) => {
    const weights = { input: w['gru.weight_ih_l0'], hidden: w['gru.weight_hh_l0'] };
    return (x) => {
      const [batch, length] = x.shape;
      const embedded = embed(w['embedding.weight'], x);
      const flat = tf.reshape(embedded, [batch * length, -1]);
      const projected = tf.add(tf.matMul(flat, weights.input), w['gru.bias_ih_l0']);
      const inputs = tf.unstack(tf.reshape(projected, [batch, length, 3 * size]), 1);
      let state = tf.zeros([batch, size]);
      const states = inputs.map((input) => {
        const recurrent = tf.add(tf.matMul(state, weights.hidden), w['gru.bias_hh_l0']);
        const [r, z, n] = tf.split(input, 3, 1);
        const [hr, hz, hn] = tf.split(recurrent, 3, 1);
        const [reset, update] = [tf.sigmoid(tf.add(r, hr)), tf.sigmoid(tf.add(z, hz))];
        const fresh = tf.tanh(tf.add(n, tf.mul(reset, hn)));
        state = tf.add(fresh, tf.mul(update, tf.sub(state, fresh)));
        return state;
      });
      return linear(w, 'head', tf.reshape(tf.stack(states, 1), [batch * length, size]));
    };
  },
};

/** On wasm tf.gather has no gradient (UnsortedSegmentSum): there a product picks the rows. */
function embed(weight, tokens) {
  if (backend !== 'wasm') return tf.gather(weight, tokens);
  const rows = tf.cast(tf.oneHot(tf.reshape(tokens, [-1]), weight.shape[0]), 'float32');
  return tf.reshape(tf.matMul(rows, weight), [...tokens.shape, -1]);
}

function linear(w, name, x) {
  return tf.add(tf.matMul(x, w[`${name}.weight`]), w[`${name}.bias`]);
}

function linear3(w, name, x) {
  const [batch, length, width] = x.shape;
  return tf.reshape(linear(w, name, tf.reshape(x, [batch * length, width])), [batch, length, -1]);
}

function norm(w, name, x) {
  return layerNorm(x, w[`${name}.weight`], w[`${name}.bias`]);
}

function layerNorm(x, weight, bias) {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), weight), bias);
}

function gelu(x) {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

function attend(w, name, x, mask, heads) {
  const [batch, length, width] = x.shape;
  const split = tf.reshape(linear3(w, `${name}.qkv`, x), [batch, length, 3, heads, width / heads]);
  const [q, k, v] = tf.unstack(tf.transpose(split, [2, 0, 3, 1, 4]));
  const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(width / heads)), mask);
  const mixed = tf.matMul(tf.softmax(scores), v);
  return linear3(w, `${name}.proj`, tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, length, width]));
}

// Kernels

function kernel({ kind, settings, optimizer }, arrays) {
  const input = (name) => {
    const { values, shape } = arrays.get(name);
    return tf.tensor(values, shape, values instanceof Int32Array ? 'int32' : 'float32');
  };
  switch (kind) {
    case 'matmul': {
      const [a, b] = [input('a'), input('b')];
      return calls(() => [tf.matMul(a, b)]);
    }
    case 'gelu': {
      const x = input('x');
      return calls(() => [gelu(x)]);
    }
    case 'softmax':
      return backward((x) => tf.softmax(x), [input('x')], input('grad'));
    case 'layer-norm':
      return backward(layerNorm, [input('x'), input('weight'), input('bias')], input('grad'));
    case 'cross-entropy': {
      const x = input('x');
      const y = tf.cast(tf.oneHot(input('y'), x.shape[1]), 'float32');
      return backward((logits) => tf.losses.softmaxCrossEntropy(y, logits), [x]);
    }
    case 'conv': {
      const { stride, padding } = settings;
      const nhwc = (name) => tf.transpose(input(name), [0, 2, 3, 1]);
      const op = (x, weight) =>
        tf.conv2d(x, weight, stride, [
          [0, 0],
          [padding, padding],
          [padding, padding],
          [0, 0],
        ]);
      const inputs = [nhwc('x'), tf.transpose(input('weight'), [2, 3, 1, 0])];
      const nchw = (x) => tf.transpose(x, [0, 3, 1, 2]);
      return backward(op, inputs, nhwc('grad'), [nchw, nchw, (weight) => tf.transpose(weight, [3, 2, 0, 1])]);
    }
    case 'adam': {
      const param = tf.variable(input('param'), true, 'param');
      const grad = input('grad');
      const adam = tf.train.adam(optimizer.lr, 0.9, 0.999, 1e-8);
      return {
        step: () => adam.applyGradients({ param: grad }),
        finish() {},
        numbers: async () => digest(travelled(await param.data(), arrays.get('param').values, optimizer.lr)),
      };
    }
    default:
      throw new Error(`there is no kernel ${kind}`);
  }
}

/** The output and the gradients; `layouts` brings each back to PyTorch's layout where they are compared. */
function backward(op, inputs, grad, layouts = []) {
  const gradients = tf.valueAndGrads(op);
  return calls(() => {
    const { value, grads } = gradients(inputs, grad);
    return [value, ...grads];
  }, layouts);
}

function calls(op, layouts = []) {
  let outputs = [];
  return {
    step() {
      tf.dispose(outputs);
      outputs = tf.tidy(op);
    },
    finish() {}, // cpu and wasm have computed when they return
    numbers: async () => {
      const plain = outputs.map((output, i) => layouts[i]?.(output) ?? output);
      return (await Promise.all(plain.map(async (output) => digest(await output.data())))).flat();
    },
  };
}

await serve({
  versions: { tfjs: tf.version_core },
  setup: () => ({ threads: wasm?.getThreadsCount() ?? 1 }),
  prepare: (workload) => {
    const arrays = readArrays(workload);
    return models[workload.kind] ? training(workload, arrays) : kernel(workload, arrays);
  },
});
