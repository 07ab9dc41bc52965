// The terminal's picture on a screen that is as simple as can be: what a user would see, and what stays when it is over.

import { spawnSync } from 'node:child_process';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { tensor, useBackend, type train } from 'rushlight';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchAccuracy } from './batch-accuracy.ts';
import { JsonView } from './json-view.ts';
import { openView } from './open-view.ts';
import { paintFor } from './paint.ts';
import { PlainView } from './plain-view.ts';
import { TerminalView } from './terminal-view.ts';
import type { RunInfo } from './view.ts';

beforeAll(async () => {
  await useBackend('cpu');
});

/** Understands what is written here: text, lines, moves and erasure. Lines that are too long wrap. */
class Screen extends Writable {
  columns: number;
  rows = 40;
  isTTY = true as const;
  lines: string[][] = [[]];
  row = 0;
  column = 0;
  isCursorShown = true;
  frames = 0;
  /** Everything, as it was written. */
  raw = '';

  constructor(columns = 80) {
    super({ decodeStrings: false });
    this.columns = columns;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.raw += chunk;
    // oxlint-disable-next-line no-control-regex -- that is what a terminal is told
    for (const [token, code] of chunk.matchAll(/\u001B\[(\??[\d;]*[A-Za-z])|[^]/gu)) {
      if (code) this.#control(code);
      else if (token === '\n') this.#moveTo(this.row + 1, 0);
      else if (token === '\r') this.column = 0;
      else this.#put(token);
    }
    done();
  }

  #control(code: string): void {
    const count = Number.parseInt(code, 10) || 1;
    const line = this.lines[this.row] ?? [];
    if (code.endsWith('A')) this.row = Math.max(0, this.row - count);
    else if (code.endsWith('B')) this.row = Math.min(this.lines.length - 1, this.row + count);
    else if (code.endsWith('G')) this.column = count - 1;
    else if (code === '2K') this.lines[this.row] = [];
    else if (code === 'K') line.length = Math.min(line.length, this.column);
    else if (code === '?25l' || code === '?25h') this.isCursorShown = code === '?25h';
    else if (code === '?2026h') this.frames++;
    else if (!code.endsWith('m') && code !== '?2026l') throw new Error(`the screen does not know ${code}`);
  }

  #put(character: string): void {
    if (this.column >= this.columns) this.#moveTo(this.row + 1, 0);
    const line = (this.lines[this.row] ??= []);
    while (line.length < this.column) line.push(' ');
    line[this.column++] = character;
  }

  #moveTo(row: number, column: number): void {
    while (this.lines.length <= row) this.lines.push([]);
    [this.row, this.column] = [row, column];
  }

  get text(): string[] {
    const lines = this.lines.map((line) => line.join('').trimEnd());
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }
}

const info: RunInfo = {
  task: 'classification',
  folder: 'runs/digits-cnn',
  device: { name: 'wasm', description: '2 threads' },
  model: {
    name: 'MLP',
    inputShape: [1, 784],
    layers: [{ path: 'fc', kind: 'Linear', outputShape: [1, 10], parameters: 7850, calls: 1, isContainer: false }],
    parameters: 7850,
    trainable: 7850,
    bytes: 31_400,
  },
  data: {
    description: 'digits: 640 to train with, 100 to test with',
    trainSamples: 640,
    testSamples: 100,
    classes: ['a', 'b', 'c'],
  },
  epochs: 3,
  batches: 10,
  accumulate: 1,
  logInterval: 10,
};

function step(epoch: number, batch: number, more: Partial<train.StepEvent> = {}): train.StepEvent {
  const at = (epoch - 1) * 10 + batch;
  return {
    kind: 'step', epoch, step: at, batch, batches: 10, seen: (batch - 1) * 64, samples: 640, loss: tensor(2 / at),
    output: tensor([[2, 1], [1, 2]]), target: tensor([0, 0], { dtype: 'int32' }), lr: [0.004], ...more,
  }; // prettier-ignore
}

const epochEvent = (epoch: number, more: Partial<train.EpochEvent> = {}): train.EpochEvent => ({
  kind: 'epoch', epoch, step: epoch * 10, loss: 1 / epoch, evaluation: { loss: 0.5 / epoch, accuracy: 0.9 + 0.01 * epoch },
  lr: [0.004], isBest: epoch < 3, seconds: 1.5, ...more,
}); // prettier-ignore

/** Trains in time of its own: each step takes `milliseconds`. */
function make({ columns = 80, more = {}, env = {} as Record<string, string>, milliseconds = 200 } = {}) {
  const screen = new Screen(columns);
  let time = 0;
  const view = new TerminalView(screen, { env, now: () => time });
  view.start({ ...info, ...more });
  return {
    screen,
    view,
    async epoch(epoch: number, last = 10): Promise<void> {
      for (let batch = 1; batch <= last; batch++) {
        time += milliseconds;
        await view.step(step(epoch, batch));
      }
    },
    wait: (passed: number) => void (time += passed),
  };
}

describe('TerminalView', () => {
  test('shows the model, what computes and the data first', () => {
    const { screen, view } = make({ env: { NO_COLOR: '1' } });
    expect(screen.text).toEqual([
      'Layer  Kind    Output   Parameters',
      '──────────────────────────────────',
      'fc     Linear  [1, 10]       7,850',
      '──────────────────────────────────',
      'MLP: 7,850 parameters, all trainable, 30.7 KiB',
      '',
      'Device   wasm (2 threads)',
      'Data     digits: 640 to train with, 100 to test with',
      'Classes  a, b, c',
      'Run      runs/digits-cnn, 3 epochs of 10 batches',
      '',
      'Epoch 1/3 ─────────────────────────────────────────────────   0 %',
      'loss -                    last -                    accuracy -',
      '- samples/s               lr -                      run left -',
    ]);
    view.end({ outcome: 'failed', reason: 'the disk is full', epochs: 0, seconds: 0 });
  });

  test('draws where the run is', async () => {
    const { screen, view, epoch } = make({ env: { NO_COLOR: '1' } });
    await epoch(1, 5);
    const picture = screen.text.slice(11);
    expect(picture.slice(0, 4)).toEqual([
      'Epoch 1/3 ━━━━━━━━━━━━━━━━━━━━━━━━╾────────────────────────  50 %     1.0s left',
      'loss 0.8985               last 0.4000               accuracy 50.00 %',
      '320 samples/s             lr 0.004                  run left 5.0s',
      '',
    ]);
    expect(picture[4]).toMatch(/^2\.0000 ┤⠉/);
    expect(picture.at(-1)).toMatch(/^ {8}step 1 +loss +5$/);
    view.end({ outcome: 'stopped', reason: 'it was interrupted', epochs: 0, seconds: 1 });
  });

  test('leaves a line for each epoch, notes, and last words, and nothing of the picture', async () => {
    const { screen, view, epoch, wait } = make({ env: { NO_COLOR: '1' } });
    for (let k = 1; k <= 3; k++) {
      await epoch(k, 5);
      if (k === 2) view.note('A file was left out.');
      wait(200);
      view.evaluating(50);
      expect(screen.text.at(-12)).toMatch(/^Epoch \d\/3 ━{24}╾─{24} {2}50 % {7}testing$/);
      view.epoch(epochEvent(k));
    }
    view.end({ outcome: 'done', epochs: 3, seconds: 4.5 });
    const { text } = screen;
    expect(text.slice(11, 17)).toEqual([
      'Epoch   Train loss    Test loss    Accuracy       Time',
      '    1       1.0000       0.5000     91.00 %       1.5s ★',
      'A file was left out.',
      '    2       0.5000       0.2500     92.00 %       1.5s ★',
      '    3       0.3333       0.1667     93.00 %       1.5s',
      '',
    ]);
    expect(text.slice(-3)).toEqual([
      'Done after 3 epochs, 4.5s.',
      'Best  epoch 2, loss 0.2500, accuracy 92.00 %',
      'Run   runs/digits-cnn',
    ]);
    expect(text.filter((line) => line.includes('samples/s'))).toEqual([]);
    expect(screen.isCursorShown).toBe(true);
  });

  test.each([60, 80, 120])('wraps nothing at %i columns', async (columns) => {
    for (const task of ['classification', 'regression'] as const) {
      const { screen, view, epoch } = make({ columns, more: { task } });
      await epoch(1);
      view.note('The columns named id, name and ticket were left out, since each of their values is there once only.');
      view.epoch(epochEvent(1, { evaluation: { loss: 123.4, r2: -12.3456, mae: 12_345.6, accuracy: 1 } }));
      await epoch(2, 3);
      view.end({ outcome: 'stopped', reason: 'loss has not improved on 0.0123 for 3 epochs', epochs: 2, seconds: 99 });
      const widths = screen.text.map((line) => line.length);
      expect(Math.max(...widths)).toBeLessThan(columns);
    }
  });

  test('draws at most ten times a second, and reads at most forty losses', async () => {
    const { screen, view, epoch } = make({ milliseconds: 5 });
    const before = screen.frames;
    let read = 0;
    for (let k = 1; k <= 20; k++) await epoch(k);
    expect(screen.frames - before).toBeLessThanOrEqual(10);
    const item = (): Promise<number> => Promise.resolve(++read);
    const slow = make({ milliseconds: 0, more: { task: 'regression' } });
    for (let k = 1; k <= 200; k++) {
      slow.wait(5);
      await slow.view.step(step(1, 1, { step: k, loss: { item } as never }));
    }
    expect(read).toBe(40);
    view.end({ outcome: 'done', epochs: 1, seconds: 1 });
    slow.view.end({ outcome: 'done', epochs: 1, seconds: 1 });
  });

  test('follows the width of the window, and writes over what the terminal wrapped', async () => {
    const { screen, view, epoch } = make({ columns: 100, env: { NO_COLOR: '1' } });
    view.epoch(epochEvent(1));
    await epoch(2, 4);
    const top = screen.text.slice(0, 13);
    expect(top.at(-1)).toContain('★');
    // What a terminal does when it becomes narrower.
    screen.columns = 60;
    const wrapped = screen.lines.flatMap((line) =>
      Array.from({ length: Math.max(1, Math.ceil(line.length / 60)) }, (_, k) => line.slice(60 * k, 60 * k + 60)),
    );
    screen.row += wrapped.length - screen.lines.length;
    screen.lines = wrapped;
    screen.emit('resize');
    expect(screen.text.slice(0, 13)).toEqual(top);
    expect(screen.text[14]).toMatch(/^Epoch 2\/3 ━+╾?─+ {2}40 %/);
    expect(screen.text.filter((line) => line.startsWith('Epoch 2/3'))).toHaveLength(1);
    expect(Math.max(...screen.text.slice(13).map((line) => line.length))).toBe(59);
    view.end({ outcome: 'done', epochs: 2, seconds: 1 });
    expect(screen.listenerCount('resize')).toBe(0);
  });

  test('has no plot where the terminal is low', async () => {
    const { screen, view, epoch } = make();
    screen.rows = 12;
    await epoch(1, 5);
    expect(screen.text.at(-1)).toContain('samples/s');
    view.end({ outcome: 'done', epochs: 0, seconds: 1 });
  });

  test('goes on where a resumed run was', () => {
    const { screen, view } = make({ more: { resumed: { epoch: 1, step: 14 } }, env: { NO_COLOR: '1' } });
    expect(screen.text.join('\n')).toContain('3 epochs of 10 batches, going on after 1 epoch and 14\n         steps');
    expect(screen.text.join('\n')).toContain('Epoch 2/3');
    view.end({ outcome: 'done', epochs: 3, seconds: 1 });
  });

  test('goes back where the device was lost', async () => {
    const { screen, view, epoch } = make({ env: { NO_COLOR: '1' } });
    await epoch(1);
    view.epoch(epochEvent(1));
    await epoch(2, 5);
    expect(screen.text.join('\n')).toContain('Epoch 2/3 ━━━━━━━━━━━━━━━━━━━━━━━━╾');
    view.resumed({ kind: 'resumed', reason: 'it was unplugged', device: { name: 'webgpu' } as never, epoch: 2, step: 12, reached: 16 }); // prettier-ignore
    expect(screen.text).toContain('GPU lost: it was unplugged. Going on from step 12 on webgpu.');
    expect(screen.text.join('\n')).toContain('Epoch 2/3 ────');
    expect(screen.text.at(-1)).toMatch(/^ {8}step 1 +loss +12$/);
    // Steps that come again count as they did.
    await epoch(2, 5);
    expect(screen.text.at(-1)).toMatch(/^ {8}step 1 .* 15$/);
    view.end({ outcome: 'done', epochs: 1, seconds: 1 });
  });

  test('passes over a loss that is no number', async () => {
    const { screen, view, wait } = make({ env: { NO_COLOR: '1' } });
    for (const value of [1, NaN, Infinity]) {
      wait(200);
      await view.step(step(1, 1, { loss: tensor(value) }));
    }
    expect(screen.text.join('\n')).toMatch(/loss 1\.0000 +last inf/);
    view.end({ outcome: 'failed', reason: 'the loss is NaN', epochs: 0, seconds: 1 });
    expect(screen.text).toContain('Failed after 0 epochs, 1.0s.');
  });
});

describe('colours', () => {
  const escape = '\u001B[';
  test.each([
    [{}, true],
    [{ NO_COLOR: '1' }, false],
    [{ NO_COLOR: '' }, true],
    [{ TERM: 'dumb' }, false],
  ])('%j', (env: Record<string, string>, expected) => {
    expect(paintFor(new Screen(), env)('green', 'x').includes(escape)).toBe(expected);
  });

  test('are the stream’s to say', () => {
    const screen = Object.assign(new Screen(), { hasColors: () => false });
    expect(paintFor(screen, {})('green', 'x')).toBe('x');
  });
});

describe('openView', () => {
  test.each([
    [{ json: true }, {}, JsonView],
    [{ plain: true }, {}, PlainView],
    [{}, { TERM: 'dumb' }, PlainView],
    [{}, { TERM: 'xterm' }, TerminalView],
  ])('%j in %j', (options, env, kind) => {
    const out = new Screen();
    expect(openView({ ...options, env, out, err: out })).toBeInstanceOf(kind);
  });

  test('writes lines into a file', () => {
    const out = new Writable();
    expect(openView({ out, err: out, env: { TERM: 'xterm' } })).toBeInstanceOf(PlainView);
  });
});

test('batchAccuracy records no gradients and keeps its arguments', async () => {
  const output = tensor([[2, 1], [1, 2]], { requiresGrad: true }).mul(2); // prettier-ignore
  expect(await batchAccuracy(output, tensor([0, 0], { dtype: 'int32' }))).toBe(0.5);
  expect([...output.dataSync()]).toEqual([4, 2, 2, 4]);
});

describe('the cursor', () => {
  const cursor = new URL('cursor.ts', import.meta.url).href;
  const run = (then: string) =>
    spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `const { hideCursor } = await import('${cursor}'); const show = hideCursor(process.stdout); ${then}`,
      ],
      { encoding: 'utf8', cwd: fileURLToPath(new URL('.', import.meta.url)) },
    );
  const [hide, show] = ['\u001B[?25l', '\u001B[?25h'];

  test.each([
    ['is over', '', 0],
    ['exits', 'process.exit(3)', 3],
    ['fails', "throw new Error('no')", 1],
    ['shows it itself', 'show();', 0],
  ])('comes back once where the process %s', (_, then, code) => {
    const { stdout, status } = run(then);
    expect(stdout).toBe(`${hide}${show}`);
    expect(status).toBe(code);
  });
});
