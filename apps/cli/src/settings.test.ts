// What a run is told, by flags or by files, and what is refused: nothing is taken that would change nothing.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldNames, fieldOf, flagOf } from './config/fields.ts';
import { csv, writeColours } from './testing/files.ts';
import { inOwnFolder, rushlight } from './testing/in-process.ts';

const at = inOwnFolder();
const quick = ['--backend', 'cpu', '--epochs', '1'];
const settingsIn = (folder: string): unknown =>
  (JSON.parse(readFileSync(at(folder, 'config.json'), 'utf8')) as { settings: unknown }).settings;

describe('settings that would change nothing', () => {
  test.each([
    ['--momentum 0.9', '--momentum applies with --optimizer sgd, but --optimizer is adam. Leave it out, or change --optimizer.'],
    ['--momentum 0.9 --optimizer adamw', '--momentum applies with --optimizer sgd, but --optimizer is adamw.'],
    ['--target y --dataset moons', '--target applies with --dataset csv or a CSV file, but --dataset is moons.'],
    ['--drop y --dataset digits', '--drop applies with --dataset csv or a CSV file, but --dataset is digits.'],
    ['--step-size 2 --scheduler cosine', '--step-size applies with --scheduler step, but --scheduler is cosine.'],
    ['--gamma 0.5 --scheduler plateau', '--gamma applies with --scheduler step or exponential, but --scheduler is plateau.'],
    ['--noise 0.1 --dataset things.csv --target y', '--noise applies with --dataset moons, circles, spirals or blobs, but --dataset is things.csv.'],
    ['--data-dir . --dataset things.csv --target y', '--data-dir applies with --dataset mnist, fashion-mnist, kmnist, csv or images, but --dataset is things.csv.'],
    ['--data-dir .', '--data-dir applies with --dataset mnist, fashion-mnist, kmnist, csv or images, but --dataset is digits.'],
    ['--test-split 0.5 --dataset mnist', '--test-split applies with --dataset csv, a CSV file, images or a folder of images, but --dataset is mnist.'],
    ['--hidden 32', '--hidden applies with --model mlp or a file, but --model is cnn.'],
    ['--hidden 32 --dataset moons --model linear', '--hidden applies with --model mlp or a file, but --model is linear.'],
    ['--threads 2 --backend cpu', '--threads applies with --backend wasm or auto, but --backend is cpu.'],
    ['--model cnn --dataset moons', '--model cnn applies with --dataset digits, mnist, fashion-mnist, kmnist, images or a folder of images, but --dataset is moons. Choose another, or change --dataset.'],
    ['--scheduler onecycle --optimizer adadelta', '--scheduler onecycle applies with --optimizer sgd, adam or adamw (it moves the momentum), but --optimizer is adadelta. Choose another, or change --optimizer.'],
    ['--test-split 0.5 --dataset split', 'split has a train and a test folder, and a test split of 0.5 would change nothing. Leave it out.'],
  ])('train %s', async (args, message) => {
    writeFileSync(at('things.csv'), csv(30));
    for (const part of ['train', 'test']) writeColours(at('split', part), { red: [200, 0, 0], blue: [0, 0, 200] }, 2);
    const { code, err, out } = await rushlight(['train', ...args.split(' ')]);
    expect(err).toContain(message);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect([code, out]).toEqual([2, '']);
  }); // prettier-ignore

  test.each([
    ['optimizer: adam\nmomentum: 0.9\n', [], 'c.yaml: momentum applies with optimizer sgd, but optimizer is adam. Leave it out, or change optimizer.'],
    ['momentum: 0.9\n', [], 'c.yaml: momentum applies with optimizer sgd, but optimizer is adam.'],
    ['optimizer: sgd\nmomentum: 0.9\n', ['--optimizer', 'adam'], 'c.yaml: momentum applies with --optimizer sgd, but --optimizer is adam. Leave it out, or change --optimizer.'],
    ['optimizer: adam\n', ['--momentum', '0.9'], 'the command line: --momentum applies with optimizer sgd, but optimizer is adam.'],
    ['scheduler: onecycle\noptimizer: adadelta\n', [], 'c.yaml: scheduler onecycle applies with optimizer sgd, adam or adamw (it moves the momentum), but optimizer is adadelta.'],
  ])('the configuration %j with %j', async (text, flags, message) => {
    writeFileSync(at('c.yaml'), text);
    const { code, err } = await rushlight(['train', '--config', 'c.yaml', ...flags]);
    expect(err).toContain(message);
    expect(code).toBe(2);
  }); // prettier-ignore

  test('for eval, predict and a run that goes on', async () => {
    await rushlight(['train', '--dataset', 'blobs', ...quick, '--run-dir', 'blobs']);
    for (const args of [['eval', 'blobs'], ['predict', 'blobs', '1,2'], ['train', '--resume', 'blobs', '--epochs', '1']]) {
      const { code, err } = await rushlight([...args, '--threads', '2', '--backend', 'cpu']);
      expect(err).toContain('--threads applies with --backend wasm or auto, but --backend is cpu.');
      expect(code).toBe(2);
    }
    const { err, code } = await rushlight(['eval', 'blobs/best.safetensors', '--checkpoint', 'last']);
    expect(err).toContain("blobs/best.safetensors is one checkpoint, and --checkpoint chooses one of a run's.");
    expect(code).toBe(2);
    expect((await rushlight(['train', '--json', '--plain'])).err).toContain("option '--json' cannot be used with option '--plain'"); // prettier-ignore
  }); // prettier-ignore

  test('what applies is taken', async () => {
    const args = ['--dataset', 'circles', '--noise', '0.2', '--optimizer', 'sgd', '--momentum', '0.5', '--scheduler', 'step', '--step-size', '3', '--gamma', '0.1', '--hidden', '4', ...quick]; // prettier-ignore
    expect((await rushlight(['train', ...args, '--run-dir', 'taken'])).code).toBe(0);
    expect(settingsIn('taken')).toMatchObject({ noise: 0.2, momentum: 0.5, stepSize: 3, gamma: 0.1, hidden: [4] });
  });

  test('help says to what a setting applies', async () => {
    const { out, code } = await rushlight(['train', '--help']);
    const text = out.replaceAll(/\s+/g, ' ');
    expect(text).toContain('--momentum <m> momentum (optimizer sgd)');
    expect(text).toContain('--target <column> the column to learn (dataset csv or a CSV file)');
    expect(code).toBe(0);
  });
});

describe('values', () => {
  test.each([
    ['--batch-size 0', 'the command line: --batch-size is 0. It must be an integer of at least 1.'],
    ['--epochs 1.5', '--epochs is 1.5. It must be an integer of at least 1.'],
    ['--seed 10000000000000000', '--seed is 10000000000000000. It is too large.'],
    ['--lr fast', '--lr is "fast". It must be a number greater than 0.'],
    ['--lr NaN', '--lr is "NaN". It must be a number greater than 0.'],
    ['--lr Infinity', '--lr is Infinity. It must be a number greater than 0.'],
    ['--optimizer adm', '--optimizer is "adm". It must be one of sgd, adam, adamw, adadelta.'],
    ['--hidden 4,x', '--hidden[1] is "x". It must be an integer of at least 1.'],
    ['--test-split 1 --dataset things.csv', '--test-split is 1. It must be a number greater than 0 and less than 1.'],
    ['--model resnet', 'there is no model "resnet". There are cnn, convnet, mlp, linear, or pass a file: ./model.ts.'],
    ['--model mpl', 'there is no model "mpl". Did you mean mlp?'],
    ['--dataset letters', 'there is no data set "letters". There are digits, mnist,'],
    ['--dataset letters.csv', 'letters.csv is not there. Pass a CSV file or a folder of images.'],
    ['--dataset ./digit', './digit is not there.'],
    ['--dataset digit', 'there is no data set "digit". Did you mean digits?'],
    ['--dataset csv', 'csv: the file was not said. Pass --data-dir.'],
    ['--dataset csv --data-dir nowhere', 'nowhere is not there. Pass another --data-dir.'],
    ['--dataset images --data-dir things.csv', 'things.csv is no folder. Pass another --data-dir.'],
    ['--unknown', "unknown option '--unknown'"],
    ['--epoch 3', "unknown option '--epoch'\n(Did you mean --epochs?)"],
    ['--config nowhere.yaml', 'nowhere.yaml cannot be read (ENOENT'],
    ['--config things.csv', 'things.csv: a configuration ends in .yaml, .yml, .toml, .json.'],
  ])('train %s', async (args, message) => {
    writeFileSync(at('things.csv'), csv(30));
    const { code, err } = await rushlight(['train', ...args.split(' ')]);
    expect(err).toContain(message);
    expect(err).toMatch(/^rushlight: /);
    expect(code).toBe(2);
  });

  test('any text as a number is refused or read, and never taken as something else', async () => {
    const numbers = fieldNames.filter((name) => fieldOf(name).schema.safeParse(1).success || name === 'testSplit');
    const some = fc.asyncProperty(fc.constantFrom(...numbers), fc.string(), async (name, text) => {
      fc.pre(!/^\s*[\d.+eE-]+\s*$/.test(text) && !/^\s*0[xob]/i.test(text));
      const { code, err } = await rushlight(['train', `${flagOf(name)}=${text}`]);
      expect(err).toContain(flagOf(name));
      expect(code).toBe(2);
    });
    await fc.assert(some, { numRuns: 50 });
  });

  test('the README names every flag', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    expect(fieldNames.map(flagOf).filter((flag) => !readme.includes(`\`${flag}`))).toEqual([]);
  });

  test('the version', async () => {
    expect(await rushlight(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  });
});

describe('a configuration file', () => {
  test.each([
    ['epoch: 3\n', 'c.yaml: there is no setting epoch. Did you mean epochs?'],
    ['batch_size: 3\n', 'c.yaml: there is no setting batch_size. Did you mean batchSize?'],
    ['colour: red\n', 'c.yaml: there is no setting colour. There are dataset, dataDir,'],
    ['lr: .nan\n', 'c.yaml: lr is NaN. It must be a number greater than 0.'],
    ['batchSize: many\n', 'c.yaml: batchSize is "many". It must be an integer of at least 1.'],
    ['batchSize: 0\n', 'c.yaml: batchSize is 0. It must be an integer of at least 1.'],
    ['dataset: [moons, blobs]\n', 'c.yaml: dataset is ["moons","blobs"]. It must be text.'],
    ['drop: a, b\n', 'c.yaml: drop is "a, b". It must be a list: drop: [a, b].'],
    ['dataset: digit\n', 'there is no data set "digit". Did you mean digits?'],
    ['- 1\n', 'c.yaml does not hold settings, but [1].'],
    ['a: [\n', 'c.yaml is damaged: '],
  ])('%j', async (text, message) => {
    writeFileSync(at('c.yaml'), text);
    const { err, code } = await rushlight(['train', '--config', 'c.yaml']);
    expect(err).toContain(message);
    expect(code).toBe(2);
  });

  test('may be YAML, TOML or JSON; flags come before it; one value stands for a list, and a list of one for a value', async () => {
    writeFileSync(at('c.yaml'), 'dataset: [moons]\nepochs: "9"\nhidden: 4\nlr:\n');
    writeFileSync(at('c.toml'), 'dataset = "moons"\nepochs = 9\nhidden = ["4"]\n');
    writeFileSync(at('c.json'), '{ "dataset": "moons", "epochs": 9, "hidden": "4" }');
    for (const file of ['c.yaml', 'c.toml', 'c.json']) {
      const { code } = await rushlight(['train', '--config', file, ...quick, '--run-dir', `from ${file}`]);
      expect(code).toBe(0);
      expect(settingsIn(`from ${file}`)).toMatchObject({ dataset: 'moons', epochs: 1, hidden: [4], optimizer: 'adamw', lr: 0.005 }); // prettier-ignore
    }
    writeFileSync(at('things.csv'), csv(40));
    writeFileSync(at('d.yaml'), 'dataset: things.csv\ntarget: colour\ndrop: y\n');
    expect((await rushlight(['train', '--config', 'd.yaml', ...quick, '--run-dir', 'dropped'])).code).toBe(0);
    expect(settingsIn('dropped')).toMatchObject({ drop: ['y'] });
  });

  test('its paths are seen from its folder, those of flags from the shell', async () => {
    mkdirSync(at('project', 'data'), { recursive: true });
    writeFileSync(at('project', 'data', 'things.csv'), csv(40));
    writeFileSync(at('project', 'net.ts'), "import { nn } from 'rushlight';\nexport default ({ outputs }: { outputs: number }) => new nn.LazyLinear(outputs);\n".replace('LazyLinear(', 'Linear(3, ')); // prettier-ignore
    writeFileSync(at('project', 'c.yaml'), 'dataset: data/things.csv\ntarget: colour\nmodel: net.ts\nrunDir: out/first\nepochs: 1\nbackend: cpu\n'); // prettier-ignore
    const { code, err } = await rushlight(['train', '--config', 'project/c.yaml']);
    expect(err).not.toContain('rushlight:');
    expect(code).toBe(0);
    expect(settingsIn('project/out/first')).toMatchObject({ dataset: at('project', 'data', 'things.csv'), model: at('project', 'net.ts') }); // prettier-ignore
    expect((await rushlight(['train', '--config', 'project/c.yaml', '--run-dir', 'here'])).code).toBe(0);
    expect(settingsIn('here')).toMatchObject({ runDir: 'here' });
  });
});
