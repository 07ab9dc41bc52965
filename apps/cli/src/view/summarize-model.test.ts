import { getRngState, manualSeed, nn, rand, tensor, useBackend, zeros, type Tensor } from 'rushlight';
import { beforeAll, describe, expect, test } from 'vitest';
import { glyphsFor } from './glyphs.ts';
import { modelTable } from './model-table.ts';
import { summarizeModel } from './summarize-model.ts';

beforeAll(async () => {
  await useBackend('cpu');
});

class CNN extends nn.Module {
  fc = new nn.Linear(400, 10);
  conv1 = new nn.Conv2d(1, 8, 3);
  conv2 = new nn.Conv2d(8, 16, 3);

  forward(x: Tensor): Tensor {
    const { maxPool2d } = nn.functional;
    const first = maxPool2d(this.conv1(x).relu(), 2);
    return this.fc(maxPool2d(this.conv2(first).relu(), 2).flatten(1));
  }
}

const table = (summary: ReturnType<typeof summarizeModel>, width = 79): string[] =>
  modelTable(summary, { width, glyphs: glyphsFor({}, 'linux'), paint: (_style, text) => text });

describe('summarizeModel', () => {
  test('lists layers as they are called, with shapes and parameters', () => {
    const summary = summarizeModel(new CNN(), [1, 1, 28, 28]);
    expect(summary).toEqual({
      name: 'CNN',
      inputShape: [1, 1, 28, 28],
      outputShape: [1, 10],
      layers: [
        { path: 'conv1', kind: 'Conv2d', outputShape: [1, 8, 26, 26], parameters: 80, calls: 1, isContainer: false },
        { path: 'conv2', kind: 'Conv2d', outputShape: [1, 16, 11, 11], parameters: 1168, calls: 1, isContainer: false },
        { path: 'fc', kind: 'Linear', outputShape: [1, 10], parameters: 4010, calls: 1, isContainer: false },
      ],
      parameters: 5258,
      trainable: 5258,
      bytes: 4 * 5258,
    });
  });

  test('tells of a model that is one layer', () => {
    const model = new nn.Linear(3, 2);
    model.bias?.requiresGrad_(false);
    const summary = summarizeModel(model, [4, 3]);
    expect(summary).toMatchObject({ parameters: 8, trainable: 6, layers: [{ path: '', outputShape: [4, 2] }] });
    expect(table(summary)).toEqual([
      'Layer   Kind    Output  Parameters',
      '──────────────────────────────────',
      'Linear  Linear  [4, 2]           8',
      '──────────────────────────────────',
      'Linear: 8 parameters, 6 trainable, 32 B',
    ]);
  });

  test('counts what is shared once, and a module that is used twice as one', () => {
    class Tied extends nn.Module {
      first = new nn.Linear(3, 3);
      second = new nn.Linear(3, 3);
      again = this.first;
      constructor() {
        super();
        this.second.weight = this.first.weight;
      }
      forward(x: Tensor): Tensor {
        return this.again(this.second(this.first(x)));
      }
    }
    const summary = summarizeModel(new Tied(), [1, 3]);
    expect(summary.layers.map(({ path, parameters, calls }) => [path, parameters, calls])).toEqual([
      ['first', 12, 2],
      ['second', 3, 1],
    ]);
    expect(summary.parameters).toBe(15);
    expect(table(summary)[2]).toBe('first   Linear (2 times)  [1, 3]          12');
  });

  test('takes outputs that are not tensors, and modules that nobody calls', () => {
    class Odd extends nn.Module {
      lstm = new nn.LSTM(4, 5, { batchFirst: true });
      attention = new nn.MultiheadAttention(4, 2);
      words = new (class Words extends nn.Module {
        forward(_x: Tensor): string {
          return 'none';
        }
      })();
      idle = new nn.Linear(2, 2);
      forward(x: Tensor): { y: Tensor } {
        this.words(x);
        this.attention(x, x, x);
        return { y: this.lstm(x)[0] };
      }
    }
    const model = new Odd();
    const summary = summarizeModel(model, [2, 3, 4]);
    expect(summary.outputShape).toBeUndefined();
    const shapes = Object.fromEntries(summary.layers.map(({ path, outputShape }) => [path, outputShape]));
    expect(shapes).toMatchObject({ lstm: [2, 3, 5], attention: [2, 3, 4], words: undefined, idle: undefined });
    expect(summary.layers.at(-1)?.path).toBe('idle');
    const total = model.parameters().reduce((sum, p) => sum + p.numel(), 0);
    expect(summary.layers.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(total);
    expect(summary.parameters).toBe(total);
  });

  test('leaves modes, running statistics, buffers and the generator as they were', () => {
    class Noisy extends nn.Module {
      calls = this.registerBuffer('calls', zeros([1]));
      norm = new nn.BatchNorm1d(3);
      frozen = new nn.BatchNorm1d(3);
      dropout = new nn.Dropout();
      forward(x: Tensor): Tensor {
        this.calls.add_(1);
        return this.frozen(this.norm(this.dropout(x.add(rand([1])))));
      }
    }
    manualSeed(5);
    const model = new Noisy();
    model.frozen.eval();
    const state = (): unknown => [
      model.modules().map(({ training }) => training),
      model.buffers().map((buffer) => [...buffer.dataSync()]),
      [...getRngState()],
    ];
    const before = state();
    // In training, a batch of one would be refused.
    const summary = summarizeModel(model, [1, 3]);
    expect(state()).toEqual(before);
    expect(summary.bytes).toBe(4 * (12 + 1 + 14));
    expect(model.parameters().every(({ grad }) => !grad)).toBe(true);
    model(tensor([[1, 2, 3], [3, 2, 1]])); // prettier-ignore
    expect(summary.layers.map(({ calls }) => calls)).toEqual([1, 1, 1]);
  });

  test('leaves them so where the forward throws', () => {
    const model = new CNN();
    expect(() => summarizeModel(model, [1, 1, 8, 8])).toThrow('maxPool2d');
    expect(model.modules().every(({ training }) => training)).toBe(true);
    expect(summarizeModel(model, [1, 1, 28, 28]).layers[0]?.calls).toBe(1);
  });

  test('gives the input the dtype of the weights', () => {
    expect(summarizeModel(new nn.Linear(3, 2).double(), [1, 3]).bytes).toBe(64);
  });
});

describe('modelTable', () => {
  const block = (): nn.Module & ((x: Tensor) => Tensor) =>
    new nn.Sequential(new nn.Linear(2, 2), new nn.ReLU(), new nn.Linear(2, 2)) as never;

  test('shows parts as wholes where there are many layers', () => {
    const deep = new nn.Sequential(...Array.from({ length: 12 }, block)) as never;
    const lines = table(summarizeModel(deep, [1, 2]));
    expect(lines).toHaveLength(12 + 4);
    expect(lines[2]).toMatch(/^0 +Sequential +\[1, 2\] +12$/);
    expect(lines.at(-1)).toBe('Sequential: 144 parameters, all trainable, 576 B');
  });

  test('leaves out the middle of a long row of layers', () => {
    const long = new nn.Sequential(...Array.from({ length: 100 }, () => new nn.Linear(20, 20))) as never;
    const lines = table(summarizeModel(long, [1, 20]));
    expect(lines).toHaveLength(30 + 4);
    expect(lines[22]).toMatch(/^… +71 more +29,820$/);
    expect(lines[23]).toMatch(/^91 /);
  });

  test('is as wide as it may be, and says the ends of long names', () => {
    class Outer extends nn.Module {
      aVeryLongNameOfALayerThatNobodyWouldWriteButSomebodyDoes = new nn.Sequential(new nn.Linear(2, 2));
      forward(x: Tensor): Tensor {
        return this.aVeryLongNameOfALayerThatNobodyWouldWriteButSomebodyDoes(x) as Tensor;
      }
    }
    const lines = table(summarizeModel(new Outer(), [1, 2]), 39);
    expect(lines[2]).toMatch(/^….*Does\.0 {2}Linear {2}\[1, 2\] +6$/);
    for (const line of lines.slice(0, -1)) expect(line.length).toBeLessThanOrEqual(39);
  });
});
