import { createHash } from 'node:crypto';
import { serve } from '@rushlight/test-support';
import { manualSeed, noGrad, saveSafetensors, tensor, useBackend } from 'rushlight';
import { beforeAll, expect, test } from 'vitest';
import { takeFile } from '../../training/take-file.ts';
import { nothingChosen, pairOf, withFile } from './chosen-files.ts';
import { joinCurves } from './curves.ts';
import { exampleCode } from './example.ts';
import { fetchMnist } from './fetch-mnist.ts';
import { fewestImages } from './file-facts.ts';
import { reportOf } from './held-out.ts';
import { inspectFile } from './image-files.ts';
import { makeJob } from './job.ts';
import { makeNetwork } from './network.ts';
import type { DigitsConfig, DigitsQuestion, DigitsView, Facts, Reading } from './protocol.ts';

const config: DigitsConfig = { filters: 8, size: 5, batch: 32, seed: 0 };
type Made = Awaited<ReturnType<typeof makeJob>>;

const ask = async <Answer>(job: Made, question: DigitsQuestion): Promise<Answer> =>
  (await job.ask?.(question)) as Answer;
const look = async (job: Made): Promise<DigitsView> => (await job.view()).view;

async function learn(job: Made, steps: number): Promise<number[]> {
  const losses: number[] = [];
  for await (const event of job.trainer.run(1e9)) {
    if (event.kind === 'step') losses.push(await event.loss.item());
    if (event.kind === 'step' && losses.length >= steps) break;
  }
  return losses;
}

/** An IDX file of bytes. */
function idx(shape: readonly number[], values: Uint8Array, type = 8): Blob {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  header.setUint8(2, type);
  header.setUint8(3, shape.length);
  shape.forEach((size, dim) => header.setUint32(4 + 4 * dim, size));
  return new Blob([header.buffer, Uint8Array.from(values)]);
}

const gzipped = (file: Blob): Promise<Blob> =>
  new Response(file.stream().pipeThrough(new CompressionStream('gzip'))).blob();

beforeAll(async () => {
  await useBackend('wasm');
});

test('learns to read, tells what it mistakes, and reads a drawing', async () => {
  const job = await makeJob(config);
  const before = await look(job);
  expect(before.report.accuracy).toBeLessThan(0.4);
  expect(before.filters).toHaveLength(8 * 25);
  const state = await job.trainer.save();

  // An evaluation of the page's own draws no random numbers: the run is that of one at which nobody looked.
  const losses = await learn(job, 32 * 4 + 1);
  const { report, filters } = await look(job);
  expect(report.accuracy).toBeGreaterThan(0.9);
  expect(filters).not.toEqual(before.filters);
  expect(report.matrix.flat().reduce((a, b) => a + b)).toBe(report.count);
  const right = report.matrix.reduce((sum, row, label) => sum + (row[label] ?? 0), 0);
  expect(right / report.count).toBeCloseTo(report.accuracy, 10);
  for (const { guess, label, sure, pixels } of report.mistakes) {
    expect(guess).not.toBe(label);
    expect(sure).toBeGreaterThan(0.1);
    expect(pixels).toHaveLength(784);
  }

  // A 7 of two strokes, in a corner.
  const [width, height] = [100, 100];
  const ink = new Uint8Array(width * height);
  for (let k = 0; k < 40; k++) {
    for (const [x, y] of [[10 + k, 20], [50 - k / 2, 20 + k * 1.4]] as const) {
      for (let d = 0; d < 25; d++) ink[Math.round(y + Math.floor(d / 5)) * width + Math.round(x + (d % 5))] = 255;
    }
  } // prettier-ignore
  const reading = await ask<Reading>(job, { kind: 'drawing', ink, width, height });
  expect(reading.digit).toHaveLength(784);
  expect(reading.probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  expect(reading.probabilities.indexOf(Math.max(...reading.probabilities))).toBe(7);
  const nothing = await ask<Reading>(job, { kind: 'drawing', ink: new Uint8Array(100), width: 10, height: 10 });
  expect(nothing).toEqual({ digit: undefined, probabilities: [] });

  const facts = await ask<Facts>(job, { kind: 'facts' });
  expect([facts.training, facts.heldOut, facts.samples.length]).toEqual([8000, 500, 10]);

  // The same run again, from its file.
  const other = await makeJob({ ...config, seed: 5 });
  await other.trainer.load(state);
  expect((await look(other)).report.accuracy).toBe(before.report.accuracy);
  expect(await learn(other, 3)).toEqual(losses.slice(0, 3));
});

test('a file of this run is gone on from, of weights alone they are taken, and of another network none', async () => {
  const job = await makeJob(config);
  const { trainer } = job;
  const run = await trainer.save();
  await learn(job, 3);
  const before = await look(job);
  expect(await takeFile(job, run)).toEqual({ kind: 'run' });
  expect([trainer.position.step, (await look(job)).report]).toEqual([0, before.report]);
  job.forget?.();
  expect((await look(job)).report).not.toEqual(before.report);

  manualSeed(3);
  const other = makeNetwork({ filters: 8, size: 5 });
  const bytes = await saveSafetensors(other.model.stateDict());
  expect(await takeFile(job, bytes)).toEqual({ kind: 'weights' });
  const theirs = noGrad(() => other.first.weight.dataSync());
  expect((await look(job)).filters).toEqual(theirs);

  const wrong = await saveSafetensors({ something: tensor([1, 2]) });
  expect(await takeFile(job, wrong)).toMatchObject({ kind: 'other' });
  const smaller = await saveSafetensors(makeNetwork({ filters: 4, size: 5 }).model.stateDict());
  expect(await takeFile(job, smaller)).toMatchObject({ kind: 'other' });
  expect(await takeFile(job, bytes.slice(0, 500))).toMatchObject({ kind: 'broken' });
  expect(await takeFile(job, run.slice(0, -500))).toMatchObject({ kind: 'broken' });
  expect((await look(job)).filters).toEqual(theirs);
});

test('MNIST is fetched as it was published, from the first place that has it', async () => {
  const sha = (content: string): string => createHash('sha256').update(content).digest('hex');
  const answers: Record<string, string> = { '/a/images': 'cut sh', '/b/images': 'images', '/b/labels': 'labels', '/a/labels': 'labels' }; // prettier-ignore
  const server = await serve(({ url = '' }, response) => {
    const content = answers[url];
    response.writeHead(content ? 200 : 404).end(content);
  });
  try {
    const host = server.url;
    const files = { images: sha('images'), labels: sha('labels') };
    const found = await fetchMnist({ mirrors: [`${host}/none/`, `${host}/a/`, `${host}/b/`], files });
    expect(await Promise.all(found.map(async (file) => [file.name, await file.text()]))).toEqual([
      ['images', 'images'],
      ['labels', 'labels'],
    ]);
    const failed = await fetchMnist({ mirrors: [`${host}/none/`, `${host}/a/`], files }).catch((error) => error);
    expect(failed.errors.map(String).join()).toMatch(/none\/images answers 404.*another file than was published/);
  } finally {
    server.close();
  }
});

test('learns from files, gzipped or not, and holds a tenth of them out', async () => {
  const count = 200;
  const images = idx(
    [count, 28, 28],
    Uint8Array.from({ length: count * 784 }, (_, k) => k % 251),
  );
  const labels = idx(
    [count],
    Uint8Array.from({ length: count }, (_, k) => k % 10),
  );
  const files = { images: await gzipped(images), labels, id: 1 };
  expect(await inspectFile(files.images, 'images.gz')).toEqual({ kind: 'images', count });
  expect(await inspectFile(files.labels, 'labels')).toEqual({ kind: 'labels', count });
  const job = await makeJob({ ...config, files });
  const facts = await ask<Facts>(job, { kind: 'facts' });
  expect([facts.training, facts.heldOut]).toEqual([180, 20]);
  expect((await look(job)).report.count).toBe(20);
  expect((await learn(job, 7)).every(Number.isFinite)).toBe(true);
});

test('says what is wrong with a file', async () => {
  const bytes = new Uint8Array(100 * 784);
  const why = async (file: Blob): Promise<unknown> => {
    const found = await inspectFile(file, 'this file');
    return found.kind === 'wrong' ? found.why : found;
  };
  expect(await why(new Blob(['hello, this is no digit']))).toMatchObject({ reason: 'damaged', detail: expect.stringContaining('this file begins with') }); // prettier-ignore
  expect(await why(new Blob([]))).toMatchObject({ reason: 'damaged' });
  expect(await why(idx([100, 28, 28], bytes.slice(1)))).toMatchObject({ reason: 'damaged', detail: expect.stringContaining('is cut short') }); // prettier-ignore
  const squeezed = await gzipped(idx([100], bytes.slice(0, 100)));
  expect(await why(squeezed.slice(0, squeezed.size - 9))).toMatchObject({ reason: 'damaged' });
  expect(await why(idx([25, 56, 56], bytes))).toEqual({ reason: 'size', rows: 56, cols: 56 });
  expect(await why(idx([10, 280], bytes.slice(0, 2800)))).toEqual({ reason: 'shape', shape: [10, 280] });
  expect(await why(idx([100], bytes.slice(0, 400), 0x0d))).toEqual({ reason: 'shape', shape: [100] });
  expect(await why(idx([100], bytes.slice(0, 100).fill(26, 50)))).toEqual({ reason: 'label', label: 26 });
  expect(await why(idx([fewestImages - 1], bytes.slice(0, fewestImages - 1)))).toEqual({ reason: 'few', count: fewestImages - 1 }); // prettier-ignore
});

test('images and labels may come one by one, and are taken when they fit together', () => {
  const [images, labels, others] = ['a', 'b', 'c'].map((name) => new File([], name)) as [File, File, File];
  const first = withFile(nothingChosen, images, { kind: 'images', count: 60 });
  expect(pairOf(first)).toBeUndefined();
  const unequal = withFile(first, others, { kind: 'labels', count: 70 });
  expect(pairOf(unequal)).toBeUndefined();
  const wrong = withFile(unequal, others, { kind: 'wrong', why: { reason: 'few', count: 1 } });
  expect(wrong.wrong).toHaveLength(1);
  expect(pairOf(withFile(wrong, labels, { kind: 'labels', count: 60 }))).toEqual({ images, labels });
});

test('a report names the surest mistakes first', () => {
  const images = { images: new Uint8Array(3 * 784), labels: Uint8Array.of(1, 2, 3), rows: 28, cols: 28 };
  const row = (at: number, p: number): number[] => Array.from({ length: 10 }, (_, k) => (k === at ? p : (1 - p) / 9));
  const report = reportOf(images, [row(1, 0.9), row(5, 0.6), row(7, 0.8)]);
  expect(report.accuracy).toBeCloseTo(1 / 3);
  expect(report.mistakes.map(({ label, guess, sure }) => [label, guess, sure])).toEqual([[3, 7, 0.8], [2, 5, 0.6]]); // prettier-ignore
  expect([report.matrix[1]?.[1], report.matrix[2]?.[5], report.matrix[3]?.[7]]).toEqual([1, 1, 1]);
});

test('curves of different steps share an axis, also after an earlier state was loaded', () => {
  const joined = joinCurves({ steps: [1, 2, 4], values: [3, 2, 1] }, { steps: [4, 8, 2], values: [0.5, 0.4, 0.3] });
  expect(joined).toEqual({ x: [1, 2, 4, 8], first: [3, 2, 1, null], second: [null, 0.3, 0.5, 0.4] });
});

test('the code says what is set', () => {
  const code = exampleCode({ filters: 16, size: 3, batch: 64, seed: 7, lr: 0.01, hasFiles: false });
  expect(code).toContain('new nn.Conv2d(1, 16, 3, { padding: 1 })');
  expect(code).toContain('new nn.Linear(1568, 10)');
  expect(code).toContain('{ lr: 0.01 }');
  expect(exampleCode({ ...config, lr: 0.004, hasFiles: true })).toContain('data.readIdx');
});
