// jax-js as a contender: `jax.mjs <threads>` (it has one thread in Node). Every step is one jitted function. In jax-js a
// function consumes its arguments: `.ref` keeps one for another use.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { blockUntilReady, jit, lax, nn, numpy as np, random, tree, valueAndGrad, vjp } from '@jax-js/jax';
import { digest, travelled } from '../src/contenders/digest.ts';
import { serve } from '../src/contenders/serve.ts';
import { readArrays } from '../src/workloads/workload-file.ts';

const array = ({ values, shape }) => np.array(values).reshape(shape);

// Training

function training({ kind, optimizer: spec, dropout, settings }, arrays) {
  const parameters = {};
  for (const [name, entry] of arrays) if (entry.isParameter) parameters[name] = array(entry);
  const batches = splitBatches(arrays);
  const update = optimizers[spec.name](spec.lr);
  const forward = models[kind](settings, arrays, dropout);
  const objective = valueAndGrad((w, x, target, key) => crossEntropy(forward(w, x, key), target));

  const step = jit((w, state, x, target, key) => {
    const [loss, grads] = objective(tree.ref(w), x, target, key);
    return [loss, update.step(w, state, grads)];
  });

  let current = [parameters, update.init(parameters)];
  let steps = 0;
  let loss;
  const read = async () => (await loss.ref.data())[0];
  return {
    step() {
      const [x, target] = batches[steps++ % batches.length];
      loss?.dispose();
      [loss, current] = step(...current, x.ref, target.ref, dropout ? random.key(steps) : np.array(0));
      return blockUntilReady(loss); // it is lazy: a loss that nobody waits for would not be computed
    },
    finish: () => blockUntilReady(current),
    numbers: async () => [await read()],
  };
}

/** The mean over rows; the target is one-hot. */
const crossEntropy = (logits, target) => nn.logSoftmax(logits, -1).mul(target).sum(-1).mean().neg();

function splitBatches(arrays) {
  const [x, y] = [arrays.get('x'), arrays.get('y')];
  const [count, ...shape] = x.shape;
  const classes = (arrays.get('head.bias') ?? arrays.get('fc2.bias')).shape[0];
  const part = (values, i) => values.slice((i * values.length) / count, ((i + 1) * values.length) / count);
  return Array.from({ length: count }, (_, i) => {
    const target = np.array(oneHot(part(y.values, i), classes));
    return [np.array(part(x.values, i)).reshape(shape), target.reshape([y.values.length / count, classes])];
  });
}

function oneHot(labels, classes) {
  const rows = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => (rows[i * classes + label] = 1));
  return rows;
}

/** For each parameter its new value; `init` gives the arrays that an optimizer remembers, and `t`, the step. */
const optimizers = {
  SGD: (lr) => ({
    init: () => ({}),
    step: (w, state, grads) => [tree.map((p, g) => p.sub(g.mul(lr)), w, grads), state],
  }),
  Adam: (lr) => adam(lr, 0),
  AdamW: (lr) => adam(lr, 0.01),
  Adadelta: (lr) => ({
    init: (w) => ({ squares: zeros(w), deltas: zeros(w) }),
    step(w, { squares, deltas }, grads) {
      const v = tree.map((s, g) => s.mul(0.9).add(np.square(g).mul(0.1)), squares, tree.ref(grads));
      const d = tree.map(
        (u, s, g) =>
          np
            .sqrt(u.add(1e-6))
            .div(np.sqrt(s.add(1e-6)))
            .mul(g),
        tree.ref(deltas),
        tree.ref(v),
        grads,
      );
      const next = tree.map((u, delta) => u.mul(0.9).add(np.square(delta).mul(0.1)), deltas, tree.ref(d));
      return [tree.map((p, delta) => p.sub(delta.mul(lr)), w, d), { squares: v, deltas: next }];
    },
  }),
};

const zeros = (w) => tree.map((p) => np.zeros(p.shape), w);

function adam(lr, decay) {
  return {
    init: (w) => ({ m: zeros(w), v: zeros(w), t: np.array(0) }),
    step(w, state, grads) {
      const t = state.t.add(1);
      const m = tree.map((a, g) => a.mul(0.9).add(g.mul(0.1)), state.m, tree.ref(grads));
      const v = tree.map((a, g) => a.mul(0.999).add(np.square(g).mul(0.001)), state.v, grads);
      const rate = np.array(1).sub(np.exp(t.ref.mul(Math.log(0.9))));
      const scale = np.sqrt(np.array(1).sub(np.exp(t.ref.mul(Math.log(0.999)))));
      const next = tree.map(
        (p, a, b) => {
          const step = a.div(rate.ref).div(np.sqrt(b).div(scale.ref).add(1e-8));
          return p.mul(1 - lr * decay).sub(step.mul(lr));
        },
        w,
        tree.ref(m),
        tree.ref(v),
      );
      rate.dispose();
      scale.dispose();
      return [next, { m, v, t }];
    },
  };
}

const linear = (w, name, x) => np.dot(x, w[`${name}.weight`].transpose()).add(w[`${name}.bias`]);

const models = {
  mlp: () => (w, x) => linear(w, 'fc2', nn.relu(linear(w, 'fc1', x))),

  cnn: (_, __, dropout) => (w, x, key) => {
    const [batch] = x.shape;
    const [key1, key2] = dropout ? split(key) : [];
    const drop = (input, rate, k) => {
      if (!dropout) return input;
      return input.mul(
        random
          .bernoulli(k, 1 - rate, input.shape)
          .astype(np.float32)
          .mul(1 / (1 - rate)),
      );
    };
    const conv = (input, name) =>
      nn.relu(lax.conv(input, w[`${name}.weight`], [1, 1], 'VALID').add(w[`${name}.bias`].reshape([1, -1, 1, 1])));
    const pooled = lax.reduceWindow(conv(conv(x, 'conv1'), 'conv2'), (window) => np.max(window), [2, 2], [2, 2]);
    const hidden = nn.relu(linear(w, 'fc1', drop(pooled, 0.25, key1).reshape([batch, -1])));
    return linear(w, 'fc2', drop(hidden, 0.5, key2));
  },

  charlm: ({ layers, heads }, arrays) => {
    const [context, width] = arrays.get('position.weight').shape;
    const ahead = new Float32Array(context * context);
    ahead.forEach((_, i) => (ahead[i] = i % context > Math.floor(i / context) ? -1e9 : 0));
    const mask = np.array(ahead).reshape([context, context]);
    const size = width / heads;
    return (w, x) => {
      const batch = x.shape[0];
      const attend = (name, input) => {
        const split = linear(w, `${name}.qkv`, input).reshape([batch, context, 3, heads, size]);
        const part = (i) => split.ref.slice([], [], i, [], []).transpose([0, 2, 1, 3]);
        const [q, k, v] = [part(0), part(1), part(2)];
        split.dispose();
        const scores = np
          .matmul(q, k.transpose([0, 1, 3, 2]))
          .mul(1 / Math.sqrt(size))
          .add(mask.ref);
        const mixed = np.matmul(nn.softmax(scores, -1), v).transpose([0, 2, 1, 3]);
        return linear(w, `${name}.proj`, mixed.reshape([batch, context, width]));
      };
      let hidden = embed(w['token.weight'], x).add(w['position.weight']);
      for (let i = 0; i < layers; i++) {
        const name = `blocks.${i}`;
        const norm = (which, input) => layerNorm(input, w[`${name}.${which}.weight`], w[`${name}.${which}.bias`]);
        hidden = hidden.ref.add(attend(name, norm('norm1', hidden)));
        const wide = nn.gelu(linear(w, `${name}.fc1`, norm('norm2', hidden.ref)), { approximate: false });
        hidden = hidden.add(linear(w, `${name}.fc2`, wide));
      }
      const last = layerNorm(hidden, w['norm.weight'], w['norm.bias']);
      return linear(w, 'head', last.reshape([batch * context, width]));
    };
  },

  // There is no scan: the steps in time are written out, and compiled as one.
  gru:
    ({ hidden: size }) =>
    (w, x) => {
      const [batch, length] = x.shape;
      // The gradient of np.take does not compile here ("scatter input is not imm"): a product picks the rows.
      const rows = w['embedding.weight'];
      const embedded = np.dot(nn.oneHot(x, rows.shape[0]), rows);
      const inputs = np.dot(embedded, w['gru.weight_ih_l0'].transpose()).add(w['gru.bias_ih_l0']);
      const gate = (array, i) => array.ref.slice([], [i * size, (i + 1) * size]);
      const weight = w['gru.weight_hh_l0'].transpose();
      const bias = w['gru.bias_hh_l0'];
      let state = np.zeros([batch, size]);
      const states = [];
      for (let t = 0; t < length; t++) {
        const input = inputs.ref.slice([], t, []);
        const recurrent = np.dot(state.ref, weight.ref).add(bias.ref);
        const reset = nn.sigmoid(gate(input, 0).add(gate(recurrent, 0)));
        const update = nn.sigmoid(gate(input, 1).add(gate(recurrent, 1)));
        const fresh = np.tanh(gate(input, 2).add(reset.mul(gate(recurrent, 2))));
        state = fresh.ref.add(update.mul(state.sub(fresh)));
        states.push(state.ref);
        input.dispose();
        recurrent.dispose();
      }
      for (const array of [inputs, weight, bias, state]) array.dispose();
      return linear(w, 'head', np.stack(states, 1).reshape([batch * length, size]));
    },
};

function split(key) {
  const keys = random.split(key, 2);
  return [keys.ref.slice(0), keys.slice(1)];
}

const embed = (weight, tokens) => np.take(weight, tokens, 0);

function layerNorm(x, weight, bias) {
  const centred = x.ref.sub(np.mean(x, -1, { keepdims: true }));
  const variance = np.mean(np.square(centred.ref), -1, { keepdims: true });
  return centred
    .div(np.sqrt(variance.add(1e-5)))
    .mul(weight)
    .add(bias);
}

// Kernels

function kernel({ kind, settings, optimizer }, arrays) {
  const input = (name) => array(arrays.get(name));
  switch (kind) {
    case 'matmul':
      return calls((a, b) => [np.matmul(a, b)], [input('a'), input('b')]);
    case 'gelu':
      return calls((x) => [nn.gelu(x, { approximate: false })], [input('x')]);
    case 'softmax':
      return backward((x) => nn.softmax(x, -1), [input('x')], input('grad'));
    case 'layer-norm':
      return backward(layerNorm, [input('x'), input('weight'), input('bias')], input('grad'));
    case 'cross-entropy': {
      const classes = arrays.get('x').shape[1];
      const target = np.array(oneHot(arrays.get('y').values, classes)).reshape(arrays.get('x').shape);
      const objective = valueAndGrad(crossEntropy);
      return calls((x, y) => objective(x, y), [input('x'), target]);
    }
    case 'conv': {
      const { stride, padding } = settings;
      const pads = [
        [padding, padding],
        [padding, padding],
      ];
      const op = (x, weight) => lax.conv(x, weight, [stride, stride], pads);
      return backward(op, [input('x'), input('weight')], input('grad'));
    }
    case 'adam': {
      const update = adam(optimizer.lr, 0);
      const step = jit((w, state, grad) => update.step(w, state, grad));
      const grad = input('grad');
      let [param, state] = [input('param'), undefined];
      state = update.init(param);
      return {
        step: () => ([param, state] = step(param, state, grad.ref)),
        finish: () => blockUntilReady([param, state]),
        numbers: async () => digest(travelled(await param.ref.data(), arrays.get('param').values, optimizer.lr)),
      };
    }
    default:
      throw new Error(`there is no kernel ${kind}`);
  }
}

const backward = (op, inputs, grad) =>
  calls(
    (cotangent, ...primals) => {
      const [output, pull] = vjp(op, primals);
      return [output, ...pull(cotangent)];
    },
    [grad, ...inputs],
  );

function calls(op, inputs) {
  const compiled = jit(op);
  let outputs = [];
  return {
    step() {
      tree.dispose(outputs);
      outputs = compiled(...inputs.map((input) => input.ref));
      return blockUntilReady(outputs); // it is lazy: outputs that nobody waits for would not be computed
    },
    finish() {},
    numbers: async () => (await Promise.all(outputs.map(async (output) => digest(await output.ref.data())))).flat(),
  };
}

const home = dirname(createRequire(import.meta.url).resolve('@jax-js/jax'));
await serve({
  versions: { 'jax-js': JSON.parse(readFileSync(join(home, '..', 'package.json'), 'utf8')).version },
  setup: () => ({ threads: 1 }),
  prepare: (workload) => {
    const arrays = readArrays(workload);
    return models[workload.kind] ? training(workload, arrays) : kernel(workload, arrays);
  },
});
