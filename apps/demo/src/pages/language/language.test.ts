import { Generator, useBackend } from 'rushlight';
import { beforeAll, describe, expect, test } from 'vitest';
import { takeFile } from '../../training/take-file.ts';
import { examples } from './examples.ts';
import { makeJob, mapLength, sampleLength, type LanguageConfig, type Sample } from './job.ts';
import { draw } from './model.ts';
import { leastLength, linkedText, mostLength, takeFile as readText, takeText } from './own-text.ts';
import { mostCharacters, read } from './reading.ts';
import { addSample } from './samples.ts';

const config: LanguageConfig = {
  text: examples.en, context: 24, width: 16, layers: 2, heads: 2, batchSize: 8, seed: 1, lr: 0.003, prompt: '', temperature: 0.8,
}; // prettier-ignore

beforeAll(async () => {
  await useBackend('cpu');
});

async function lossAfter(steps: number, job = makeJob(config)): Promise<number> {
  for await (const event of job.trainer.run(1e9)) {
    if (event.kind === 'step' && event.step === steps) return event.loss.item();
  }
  return NaN;
}

describe('the job', () => {
  test('learns more than how frequent characters are', async () => {
    const job = makeJob(config);
    job.adjust?.({ lr: 0.01, prompt: '', temperature: 1 });
    expect(await lossAfter(60, job)).toBeLessThan(read(config.text).facts.entropy - 0.3);
  });

  test('is the same for the same settings, whatever is looked at in between', async () => {
    const job = makeJob(config);
    await job.view();
    await job.ask?.({ prompt: 'Who', temperature: 1 });
    expect(await lossAfter(4, job)).toBe(await lossAfter(4));
  });

  test('shows a sample and where each head looks', async () => {
    const { view, transfer } = await makeJob(config).view();
    // Writing takes a share of the time: on a slow machine it is shorter.
    expect([...view.sample.text].length).toBeGreaterThan(0);
    expect([...view.sample.text].length).toBeLessThanOrEqual(sampleLength);
    expect(view.sample).toMatchObject({ step: 0, prompt: 'W', missing: '', isAsked: false });
    const { characters, layers, heads, weights } = view.attention;
    const length = Math.min(mapLength, config.context);
    expect([characters.length, layers, heads, weights.length]).toEqual([length, 2, 2, 4 * length * length]);
    expect(transfer).toEqual([weights.buffer]);
    // The first character has only itself to look at, and no row looks ahead.
    expect(weights[0]).toBeCloseTo(1);
    expect(weights[1]).toBe(0);
  });

  test('goes on from a prompt, and leaves out what it does not know', async () => {
    const sample = (await makeJob(config).ask?.({ prompt: 'Who €', temperature: 0 })) as Sample;
    expect(sample).toMatchObject({ prompt: 'Who ', missing: '€', isAsked: true });
  });
});

test('a file of another alphabet is refused, though it is of the same size', async () => {
  const of = (text: string) => makeJob({ ...config, text: text.repeat(40), context: 8 });
  const [one, other] = [of('abcdefgh'), of('stuvwxyz')];
  await lossAfter(1, one);
  const bytes = await one.trainer.save();
  expect(await takeFile(other, bytes)).toEqual({ kind: 'other', message: expect.stringContaining('other characters') });
  expect(await takeFile(of('abcdefgh'), bytes)).toEqual({ kind: 'run' });
});

test('draws nothing from what are no numbers, and the largest at temperature 0', () => {
  const generator = new Generator().manualSeed(0);
  expect(draw([NaN, 1], 1, generator)).toBeUndefined();
  expect(draw([0, 3, 1], 0, generator)).toBe(1);
  const drawn = Array.from({ length: 1000 }, () => draw([0, Math.log(3)], 1, generator));
  expect(drawn.filter((number) => number === 1).length / 1000).toBeCloseTo(0.75, 1);
});

test('the examples are about as long, and read', () => {
  for (const text of Object.values(examples)) {
    expect(new TextEncoder().encode(text).length).toBeGreaterThan(2500);
    expect(new TextEncoder().encode(text).length).toBeLessThan(4500);
    expect(takeText(text)).toEqual({ text, isCut: false });
  }
});

test('two characters, equally frequent, have an entropy of ln 2; rare ones of many become one', () => {
  expect(read('abab').facts).toEqual({ length: 4, characters: 2, rare: 0, entropy: Math.log(2) });
  const many = Array.from({ length: 3000 }, (_, k) => String.fromCodePoint(0x4e00 + k)).join('');
  const { facts, tokenizer } = read(many);
  expect(facts).toMatchObject({ characters: mostCharacters, rare: 3000 - mostCharacters + 1 });
  expect(tokenizer.unknown).toBe('\uFFFD');
});

describe('a text of one’s own', () => {
  test('is refused where nothing can be learnt from it', () => {
    expect(takeText('too short')).toBe('short');
    expect(takeText(' '.repeat(5000))).toBe('short');
    expect(takeText('a'.repeat(5000))).toBe('monotonous');
    expect(takeText(`ab\0${'x'.repeat(leastLength)}`)).toBe('binary');
  });

  test('is cut where it is too long, between characters', () => {
    const taken = takeText(`a${'😀'.repeat(mostLength)}`);
    expect(taken).toMatchObject({ isCut: true });
    expect(typeof taken === 'object' && taken.text.length).toBe(mostLength - 1);
  });

  test('is read from the beginning of a file, in its encoding', async () => {
    expect(await readText(new Blob(['ab\r\n'.repeat(1e6)]))).toMatchObject({ isCut: true });
    expect(await readText(new Blob([new Uint8Array(1000).map((_, k) => k % 251)]))).toBe('binary');
    expect(await readText(new Blob(['灯'.repeat(400_000), 'ab']))).toBe('monotonous');
    const gb = new Uint8Array(Array.from({ length: 300 }, () => [0xb5, 0xc6, 0xd2, 0xb9]).flat());
    expect(await readText(new Blob([gb]))).toEqual({ text: '灯夜'.repeat(300), isCut: false });
    const broken = { slice: () => ({ arrayBuffer: () => Promise.reject(new Error('gone')) }) };
    expect(await readText(broken as unknown as Blob)).toBe('unreadable');
  });

  test('stands in the link where it is short', () => {
    expect(linkedText.read(linkedText.write('short'))).toBe('short');
    expect(linkedText.write('long'.repeat(1000))).toBe('');
  });
});

test('samples are kept by their steps, a new run begins a new list, and long lists get coarser', () => {
  const at = (step: number, number = step): Sample => ({ number, step, prompt: '', text: '', temperature: 1, missing: '', isAsked: false }); // prettier-ignore
  expect(addSample([at(0), at(9)], at(9))).toEqual([at(0), at(9)]);
  expect(addSample([at(0), at(9)], at(5))).toEqual([at(0), at(5)]);
  expect(addSample([at(3), at(9)], at(0))).toEqual([at(0)]);
  let list: readonly Sample[] = [];
  for (let step = 0; step < 300; step++) list = addSample(list, at(step));
  expect(list.length).toBeLessThanOrEqual(40);
  expect([list[0]?.step, list.at(-1)?.step]).toEqual([0, 299]);
});
