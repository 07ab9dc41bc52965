// The command line as a user calls it: another process, what it prints, and how it ends.

import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const command = process.env['TEST_BUILT']
  ? [pathOf('../dist/index.js')]
  : ['--conditions=@rushlight/source', pathOf('index.ts')];

function rushlight(...args: string[]): { code: number | null; out: string; err: string } {
  const ran = spawnSync(process.execPath, [...command, ...args], { encoding: 'utf8', cwd: folder });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

/** An IDX file of bytes. */
function idx(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint32(0, 0x800 + shape.length);
  shape.forEach((n, d) => header.setUint32(4 + 4 * d, n));
  return new Uint8Array([...new Uint8Array(header.buffer), ...data]);
}

/** y = 3 a − 2 b, a colour that says whether a > b, and a name that says nothing. */
function csv(rows: number, from = 0): string {
  const lines = Array.from({ length: rows }, (_, k) => {
    const [a, b] = [((7 * (k + from)) % 23) / 10, ((11 * (k + from)) % 19) / 10];
    return `thing ${k + from},${a},${b},${(3 * a - 2 * b).toFixed(3)},${a > b ? 'red' : 'blue'}`;
  });
  return ['name,a,b,y,colour', ...lines, ''].join('\n');
}

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rushlight cli '));
  mkdirSync(at('mnist'));
  for (const [split, count] of [
    ['train', 50],
    ['t10k', 20],
  ] as const) {
    // A bright column says which class it is.
    const images = new Uint8Array(count * 784);
    const labels = Uint8Array.from({ length: count }, (_, k) => k % 10);
    labels.forEach((label, k) => {
      for (let row = 0; row < 28; row++) images[k * 784 + row * 28 + 2 * label + 4] = 255;
    });
    writeFileSync(at('mnist', `${split}-images-idx3-ubyte.gz`), gzipSync(idx([count, 28, 28], images)));
    writeFileSync(at('mnist', `${split}-labels-idx1-ubyte`), idx([count], labels));
  }
  writeFileSync(at('things.csv'), csv(200));
});
afterAll(() => rmSync(folder, { recursive: true }));

const mnist = ['train', '--dataset', 'mnist', '--data-dir', 'mnist', '--batch-size', '20'];

describe('train', () => {
  test('logs every so many steps and after each epoch, exactly so', () => {
    const { code, out, err } = rushlight(
      ...mnist, '--model', 'linear', '--epochs', '2', '--log-interval', '2', '--lr', '0.01', '--run-dir', 'lines',
    ); // prettier-ignore
    expect(err).toMatch(/Training on wasm \(\d+ threads?, .+\)\./);
    expect(code).toBe(0);
    const train = (epoch: number): string =>
      `Train Epoch: ${epoch} [0/50 (0%)]\tLoss: N.NNNNNN\nTrain Epoch: ${epoch} [40/50 (80%)]\tLoss: N.NNNNNN\n`;
    const shape = out
      .replaceAll(/Loss: \d+\.\d{6}\n/g, 'Loss: N.NNNNNN\n')
      .replaceAll(/loss: \d+\.\d{4},/g, 'loss: N.NNNN,')
      .replaceAll(/: \d+\/20 \(\d+%\)/g, ': N/20 (N%)');
    const tested = '\nTest set: Average loss: N.NNNN, Accuracy: N/20 (N%)\n\n';
    expect(shape).toBe(train(1) + tested + train(2) + tested);
    const files = readdirSync(at('lines')).toSorted();
    expect(files).toEqual(['best.safetensors', 'config.json', expect.stringMatching(/^events\.out\.tfevents\./), 'last.safetensors', 'metrics.jsonl']); // prettier-ignore
    const metrics = readFileSync(at('lines', 'metrics.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as object); // prettier-ignore
    expect(metrics.at(-1)).toMatchObject({ kind: 'epoch', epoch: 2, step: 6, evaluation: { accuracy: expect.any(Number) } }); // prettier-ignore
  });

  test('learns, and says the same for the same seed', () => {
    const args = [...mnist, '--model', 'mlp', '--epochs', '8', '--batch-size', '10', '--run-dir'];
    const first = rushlight(...args, 'seed 3', '--seed', '3');
    expect(first.out).toContain('Accuracy: 20/20 (100%)');
    expect(rushlight(...args, 'seed 3 again', '--seed', '3').out).toBe(first.out);
    expect(rushlight(...args, 'seed 4', '--seed', '4').out).not.toBe(first.out);
  });

  test('a configuration in YAML, TOML and JSON; flags come before it', () => {
    writeFileSync(at('c.yaml'), 'dataset: moons\nepochs: 9\nhidden: [4, 4]\n');
    writeFileSync(at('c.toml'), 'dataset = "moons"\nepochs = 9\nhidden = [4, 4]\n');
    writeFileSync(at('c.json'), '{ "dataset": "moons", "epochs": 9, "hidden": [4, 4] }');
    for (const file of ['c.yaml', 'c.toml', 'c.json']) {
      const { code } = rushlight('train', '--config', file, '--epochs', '1', '--run-dir', `from ${file}`);
      expect(code).toBe(0);
      const { settings } = JSON.parse(readFileSync(at(`from ${file}`, 'config.json'), 'utf8'));
      expect(settings).toMatchObject({ dataset: 'moons', epochs: 1, hidden: [4, 4], optimizer: 'adamw' });
    }
  });

  test('--json: each line is an object', () => {
    const { out, code } = rushlight('train', '--dataset', 'blobs', '--epochs', '1', '--json', '--run-dir', 'json');
    expect(code).toBe(0);
    const lines = out.trim().split('\n').map((line) => JSON.parse(line) as { kind?: string }); // prettier-ignore
    expect(lines.length).toBeGreaterThan(3);
  });

  test('a loss that is no number ends the run with a code of its own, and names the place', () => {
    const { code, err } = rushlight('train', '--dataset', 'moons', '--optimizer', 'sgd', '--lr', '1e30', '--run-dir', 'nan'); // prettier-ignore
    expect(err).toMatch(/rushlight: train: the loss is (NaN|Infinity) at step \d+ \(epoch 1\)\. It began in the /);
    expect(code).toBe(3);
  });
});

describe('resuming', () => {
  // On cpu: whether wasm takes 256-bit vectors depends on a trial of speed, and the last bits on that.
  const settings = ['--backend', 'cpu', '--model', 'cnn', '--epochs', '3', '--batch-size', '10', '--accumulate', '2', '--scheduler', 'onecycle']; // prettier-ignore
  const begin = [...mnist, ...settings];

  test('after Ctrl-C, and after a kill, it ends with the weights of a run that was left alone', async () => {
    rushlight(...begin, '--run-dir', 'whole');
    const whole = readFileSync(at('whole', 'best.safetensors'));
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGKILL', null],
    ] as const) {
      const name = `stopped by ${signal}`;
      const child = spawn(process.execPath, [...command, ...begin, '--run-dir', name, '--checkpoint-every', '1', '--log-interval', '1'], { cwd: folder }); // prettier-ignore
      let [out, err] = ['', ''];
      child.stdout.on('data', (data: Buffer) => {
        out += String(data);
        if (out.includes('Train Epoch: 2') && !child.killed) child.kill(signal);
      });
      child.stderr.on('data', (data: Buffer) => (err += String(data)));
      const ended = await new Promise<number | null>((resolve) => child.on('close', resolve));
      expect(ended).toBe(code);
      expect(err.includes(`rushlight train --resume "${name}"`)).toBe(signal === 'SIGINT');
      const resumed = rushlight('train', '--resume', name);
      expect(resumed.code).toBe(0);
      expect(resumed.out).toContain('Train Epoch: 3');
      expect(resumed.out).not.toContain('Train Epoch: 1 ');
      const { tensors, rest } = split(readFileSync(at(name, 'last.safetensors')));
      expect(tensors).toEqual(split(readFileSync(at('whole', 'last.safetensors'))).tensors);
      expect(rest).toBeDefined();
      expect(whole.length).toBeGreaterThan(0);
      const steps = readFileSync(at(name, 'metrics.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { kind: string; step: number }).filter(({ kind }) => kind === 'step').map(({ step }) => step); // prettier-ignore
      expect(steps).toEqual([...new Set(steps)].toSorted((a, b) => a - b));
    }
  });

  /** The bytes of the tensors, without what the header says of folders. */
  function split(file: Buffer): { rest: string; tensors: string } {
    const size = Number(file.readBigUInt64LE(0));
    return { rest: file.toString('utf8', 8, 8 + size), tensors: file.toString('base64', 8 + size) };
  }

  test('what had ended early, or is over, stays so; a schedule keeps its length', () => {
    const early = ['train', '--dataset', 'moons', '--epochs', '30', '--early-stopping', '2', '--scheduler', 'none', '--run-dir', 'early']; // prettier-ignore
    expect(rushlight(...early).err).toContain('accuracy has not improved on');
    const before = readFileSync(at('early', 'last.safetensors'));
    expect(rushlight('train', '--resume', 'early').err).toContain('accuracy has not improved on');
    expect(readFileSync(at('early', 'last.safetensors')).equals(before)).toBe(true);

    expect(rushlight('train', '--dataset', 'moons', '--epochs', '2', '--run-dir', 'short').code).toBe(0);
    expect(rushlight('train', '--resume', 'short').err).toContain('All 2 epochs of short are over.');
    const longer = rushlight('train', '--resume', 'short', '--epochs', '4');
    expect(longer.err).toContain('the schedule cosine of the run was made for 2 epochs, but --epochs is 4.');
    expect(longer.code).toBe(2);
    expect(rushlight('train', '--resume', join('short', 'best.safetensors')).err).toContain('holds weights alone');
    expect(rushlight('eval', 'short', '--data', 'things.csv').err).toContain('the run was not trained on a CSV file');
  });

  test('whoever reads its lines leaves: it is saved, as on Ctrl-C', async () => {
    const args = [
      'train',
      '--dataset',
      'moons',
      '--backend',
      'cpu',
      '--epochs',
      '2000',
      '--log-interval',
      '1',
      '--run-dir',
      'left',
    ];
    const child = spawn(process.execPath, [...command, ...args], { cwd: folder });
    let err = '';
    child.stderr.on('data', (data: Buffer) => (err += String(data)));
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    expect(code).toBe(130);
    expect(err).toContain('rushlight train --resume left');
    expect(existsSync(at('left', 'last.safetensors'))).toBe(true);
  });

  test('a run that saved nothing is begun anew in its folder', () => {
    const wild = ['train', '--dataset', 'moons', '--optimizer', 'sgd', '--run-dir', 'anew', '--epochs', '1'];
    expect(rushlight(...wild, '--lr', '1e30').code).toBe(3);
    expect(rushlight(...wild, '--lr', '0.1').code).toBe(0);
    const lines = readFileSync(at('anew', 'metrics.jsonl'), 'utf8');
    expect(lines.match(/"kind":"epoch"/g)).toHaveLength(1);
  });

  test('what cannot be resumed', () => {
    expect(rushlight('train', '--resume', 'nowhere').err).toContain('rushlight: nowhere is not there.');
    mkdirSync(at('empty'));
    expect(rushlight('train', '--resume', 'empty').err).toContain('rushlight: empty has no last.safetensors');
    expect(rushlight('train', '--resume', 'whole', '--lr', '1').err).toContain('a run that is resumed keeps its settings, but --lr is given.'); // prettier-ignore
    mkdirSync(at('half'));
    writeFileSync(at('half', 'last.safetensors'), readFileSync(at('whole', 'last.safetensors')).subarray(0, 5000));
    const half = rushlight('train', '--resume', 'half');
    expect(half.err).toContain('last.safetensors');
    expect(half.code).toBe(1);
    expect(rushlight(...begin, '--run-dir', 'whole').err).toContain('rushlight: whole holds a run. Go on with');
  });
});

describe('a CSV file', () => {
  test('classes: train, evaluate, predict rows that lack the target', () => {
    const trained = rushlight('train', '--dataset', 'things.csv', '--target', 'colour', '--drop', 'y', '--run-dir', 'colour', '--epochs', '40'); // prettier-ignore
    expect(trained.err).toContain('name is left out');
    expect(trained.code).toBe(0);
    const evaluated = rushlight('eval', 'colour');
    expect(evaluated.out).toMatch(/colour[\\/]best\.safetensors, 40 samples\nAverage loss: \d\.\d{4}, Accuracy: (3\d|40)\/40/); // prettier-ignore
    expect(evaluated.out).toMatch(/blue +\d\.\d{3} +\d\.\d{3} +\d\.\d{3} +\d+\n/);
    writeFileSync(at('new.csv'), 'a,b\n2.2,0.1\n0.1,1.8\n');
    const predicted = rushlight('predict', 'colour', 'new.csv');
    expect(predicted.out).toMatch(/^row,prediction,probability\n2,red,\d\.\d{4}\n3,blue,\d\.\d{4}\n$/);
    expect(JSON.parse(rushlight('predict', 'colour', 'new.csv', '--json').out.split('\n')[0] ?? '')).toMatchObject({ prediction: 'red', probabilities: { blue: expect.any(Number) } }); // prettier-ignore
  });

  test('numbers', () => {
    const { out, code } = rushlight('train', '--dataset', 'csv', '--data-dir', 'things.csv', '--target', 'y', '--drop', 'colour', '--run-dir', 'y', '--epochs', '40'); // prettier-ignore
    expect(code).toBe(0);
    expect(Number(/R2: ([\d.]+), MAE: [\d.]+\n\n?$/.exec(out)?.[1])).toBeGreaterThan(0.9);
    writeFileSync(at('new.csv'), 'a,b\n1,1\n');
    const [, line] = rushlight('predict', 'y', 'new.csv').out.split('\n');
    expect(Math.abs(Number(line?.split(',')[1]) - 1)).toBeLessThan(0.4);
  });

  test.each([
    [['--target', 'size'], 'things.csv has no column "size" to learn. It has name, a, b, y, colour.'],
    [[], 'which column to learn was not said. Pass --target with one of name, a, b, y, colour.'],
  ])('%j', (args, message) => {
    const { err, code } = rushlight('train', '--dataset', 'things.csv', ...args);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });

  test('a short row, and a category that was not there', () => {
    writeFileSync(at('short.csv'), `${csv(20)}thing,1\n`);
    const short = rushlight('train', '--dataset', 'short.csv', '--target', 'y');
    expect(short.err).toMatch(/short\.csv.*22/);
    expect(short.code).toBe(1);
    const kinds = Array.from({ length: 60 }, (_, k) => `${['low', 'mid', 'high'][k % 3]},${k % 2 ? 'yes' : 'no'},${k}`);
    writeFileSync(at('kinds.csv'), ['level,ok,n', ...kinds, ''].join('\n'));
    expect(rushlight('train', '--dataset', 'kinds.csv', '--target', 'ok', '--epochs', '1', '--run-dir', 'kinds').code).toBe(0); // prettier-ignore
    writeFileSync(at('unseen.csv'), 'level,n\nlow,1\nhuge,2\n');
    const unseen = rushlight('predict', 'kinds', 'unseen.csv');
    expect(unseen.err).toMatch(/unseen\.csv, line 3: level is "huge"/);
    expect(unseen.code).toBe(1);
  });
});

describe('a model in a file', () => {
  const model = (body: string): string => `import { nn, type Tensor } from 'rushlight';\n${body}`;
  const good = model(`
    export default class Mine extends nn.Module<[x: Tensor], Tensor> {
      fc: nn.Linear;
      constructor({ inputShape: [features = 0], outputs }: { inputShape: number[]; outputs: number }) {
        super();
        this.fc = new nn.Linear(features, outputs);
      }
      forward(x: Tensor): Tensor { return this.fc(x); }
    }`);

  test('is trained, evaluated and predicted with', () => {
    writeFileSync(at('mine.ts'), good);
    const { code } = rushlight('train', '--dataset', 'blobs', '--model', './mine.ts', '--epochs', '5', '--run-dir', 'mine'); // prettier-ignore
    expect(code).toBe(0);
    expect(rushlight('eval', 'mine').out).toContain('Accuracy');
    expect(rushlight('predict', 'mine', '0.5,-1').out).toMatch(/^0\.5,-1: \d \(\d+\.\d%/);
  });

  test.each([
    ['throws', "throw new Error('my mistake');", /throws\.ts could not be loaded: my mistake/],
    ['nothing', 'export const x = 1;', /nothing\.ts could not be loaded: it has no default export/],
    ['thing', 'export default () => 5;', /thing\.ts gives 5, which is no nn\.Module/],
    ['syntax', 'export default class {', /syntax\.ts could not be loaded: /],
    ['shapes', good.replace('features, outputs', '17, outputs'), /the model .*shapes\.ts fails on an input of shape \[1, 2\]: linear: /], // prettier-ignore
  ])('%s', (name, text, message) => {
    writeFileSync(at(`${name}.ts`), name === 'shapes' ? text : model(text));
    const { err, code } = rushlight('train', '--dataset', 'blobs', '--model', `./${name}.ts`);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});

test('init writes a project that trains', () => {
  expect(rushlight('init', 'my project').out).toContain('rushlight train --config rushlight.yaml');
  expect(readdirSync(at('my project')).toSorted()).toEqual([
    '.gitignore',
    'model.ts',
    'package.json',
    'rushlight.yaml',
  ]);
  const ran = spawnSync(process.execPath, [...command, 'train', '--config', 'rushlight.yaml', '--dataset', 'mnist', '--data-dir', at('mnist'), '--epochs', '1'], { encoding: 'utf8', cwd: at('my project') }); // prettier-ignore
  expect([ran.stderr.includes('Training on'), ran.status]).toEqual([true, 0]);
  expect(existsSync(at('my project', 'runs', 'mnist-model', 'last.safetensors'))).toBe(true);
  expect(rushlight('init', 'my project').err).toContain('already. Pass another folder.');
});

test('devices are listed', () => {
  const { out, code } = rushlight('devices');
  expect(out).toMatch(/^wasm +\d+ threads?, .*\ncpu +\S.*\nauto +takes wasm\n$/);
  expect(code).toBe(0);
});

describe('what goes wrong', () => {
  test.each([
    [['--dataset', 'mnist', '--data-dir', 'nowhere'], 1, 'rushlight: MNIST: the folder'],
    [['--data-dir', 'mnist'], 2, 'rushlight: digits is embedded, but --data-dir is '],
    [['--batch-size', '0'], 2, 'the command line: --batch-size is 0. It must be an integer of at least 1.'],
    [['--epochs', '1.5'], 2, '--epochs is 1.5. It must be an integer of at least 1.'],
    [['--lr', 'fast'], 2, '--lr is "fast". It must be a number greater than 0.'],
    [['--lr', 'NaN'], 2, '--lr is "NaN". It must be a number greater than 0.'],
    [['--optimizer', 'adm'], 2, '--optimizer is "adm". It must be one of sgd, adam, adamw, adadelta.'],
    [['--hidden', '4,x'], 2, '--hidden[1] is [4,"x"]. It must be an integer of at least 1.'],
    [['--model', 'rnn'], 2, 'there is no model "rnn".'],
    [['--dataset', 'letters'], 2, 'there is no data set "letters".'],
    [['--dataset', 'digit'], 2, 'there is no data set "digit". Did you mean digits?'],
    [['--unknown'], 2, "unknown option '--unknown'"],
    [['--config', 'nowhere.yaml'], 2, 'nowhere.yaml cannot be read'],
    [
      ['--dataset', 'moons', '--model', 'cnn'],
      1,
      'cnn: a sample has the shape [2], which is no image. Use --model mlp.',
    ],
  ])('%j ends with %i', (args, code, message) => {
    const ran = rushlight('train', ...args);
    expect(ran.err).toContain(message);
    expect(ran.err).not.toContain('    at ');
    expect(ran.code).toBe(code);
  });

  test.each([
    ['epoch: 3\n', 'c.yaml: there is no setting epoch. Did you mean epochs?'],
    ['lr: .nan\n', 'c.yaml: lr is NaN. It must be a number greater than 0.'],
    ['batchSize: many\n', 'c.yaml: batchSize is "many". It must be an integer of at least 1.'],
    ['- 1\n', 'c.yaml does not hold settings, but [1].'],
    ['a: [\n', 'c.yaml is damaged: '],
  ])('the configuration %j', (text, message) => {
    writeFileSync(at('c.yaml'), text);
    const { err, code } = rushlight('train', '--config', 'c.yaml');
    expect(err).toContain(message);
    expect(code).toBe(2);
  });

  test.skipIf(process.getuid?.() === 0)('a run folder that cannot be written', () => {
    mkdirSync(at('locked'));
    chmodSync(at('locked'), 0o500);
    const { err, code } = rushlight('train', '--dataset', 'moons', '--run-dir', 'locked/run');
    expect(err).toContain('the run folder locked/run cannot be made');
    expect(code).toBe(2);
  });

  test('a run folder that is a file', () => {
    const { err, code } = rushlight('train', '--dataset', 'moons', '--run-dir', 'things.csv/run');
    expect(err).toContain('the run folder things.csv/run cannot be made');
    expect(code).toBe(2);
  });

  test('help is not an error', () => {
    const { code, out } = rushlight('train', '--help');
    expect(code).toBe(0);
    expect(out).toContain('--data-dir <folder>');
  });
});
