import { manualSeed, useBackend, type Tensor } from '@rushlight/core';
import { reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { DataLoader } from '../data-loader.ts';
import { BPETokenizer, CharTokenizer, SequenceDataset } from './index.ts';
import { findMerges, mergeInto, pairKey } from './merge-pairs.ts';

beforeAll(() => useBackend(reference()));

/** Lone halves of surrogate pairs as UTF-8 has them. */
const wellFormed = (text: string): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text));
const anyText = fc.string({ unit: 'binary', maxLength: 60 });
const corpus =
  "the cat isn't the dog; the cats sat where the dog's cat sat, 2024 and 2025!\n\n  the constructor of the constructor   né né 日本 日本 🙂🙂";

describe('CharTokenizer', () => {
  test('gives back what it encodes, also after a trip through JSON', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const tokenizer = CharTokenizer.fit(text);
        const again = new CharTokenizer(JSON.parse(JSON.stringify(tokenizer)));
        const numbers = tokenizer.encode(text);
        expect(numbers.length).toBe([...text].length);
        expect(again.encode(text)).toEqual(numbers);
        expect(again.decode(numbers)).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  test('numbers characters in the order of their code points', () => {
    const tokenizer = CharTokenizer.fit(['🙂ba', 'ba\uFFFF']);
    expect([tokenizer.characters, tokenizer.vocabSize]).toEqual([['a', 'b', '\uFFFF', '🙂'], 4]);
    expect([...tokenizer.encode('ab🙂')]).toEqual([0, 1, 3]);
  });

  test('makes what it does not know the unknown', () => {
    const tokenizer = CharTokenizer.fit('abc', { unknown: '?' });
    expect(tokenizer.decode(tokenizer.encode('abx'))).toBe('ab?');
    expect(new CharTokenizer(tokenizer.toJSON()).encode('x')).toEqual(tokenizer.encode('?'));
  });

  test.each<[string, () => unknown]>([
    ['CharTokenizer: "x" at 1 is none of its 2 characters. Fit it', () => CharTokenizer.fit('ab').encode('ax')],
    ['CharTokenizer: 2 is no number of a character. Pass 0 to 1.', () => CharTokenizer.fit('ab').decode([2])],
    ['CharTokenizer: "ab" is not one character.', () => new CharTokenizer({ characters: ['ab'] })],
    ['CharTokenizer: 2 characters are 1 different ones.', () => new CharTokenizer({ characters: ['a', 'a'] })],
    ['CharTokenizer: unknown is "b", which is none', () => new CharTokenizer({ characters: ['a'], unknown: 'b' })],
  ])('%s', (message, call) => {
    expect(call).toThrow(message);
  });
});

describe('BPETokenizer', () => {
  const end = '<|end|>';
  const tokenizer = BPETokenizer.train([corpus, corpus], { vocabSize: 320, specialTokens: [end] });

  test('gives back any text, and any bytes', () => {
    const again = BPETokenizer.fromJSON(JSON.stringify(tokenizer));
    fc.assert(
      fc.property(fc.oneof(anyText, fc.constantFrom(corpus, `${end}a${end}`, '\uFEFF', '')), (text) => {
        const tokens = tokenizer.encode(text);
        expect(tokenizer.decode(tokens)).toBe(wellFormed(text));
        expect(again.encode(text)).toEqual(tokens);
      }),
      { numRuns: 60 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(again.decodeBytes(tokenizer.encodeBytes(bytes))).toEqual(Uint8Array.from(bytes));
      }),
      { numRuns: 60 },
    );
    const text = new TextEncoder().encode(corpus);
    expect(tokenizer.encodeBytes(text)).toEqual(tokenizer.encode(corpus));
  });

  test('merges the most frequent pairs first, within words', () => {
    const trained = (options: { vocabSize: number; minFrequency?: number }) =>
      BPETokenizer.train('ab ab ab abc abc', options);
    const merges = (options: { vocabSize: number; minFrequency?: number }) => trained(options).toJSON().model.merges;
    // 'ab' comes 5 times, then a space with 'ab' 4 times, and that with 'c' twice.
    expect(merges({ vocabSize: 300 })).toEqual(['a b', 'Ġ ab', 'Ġab c']);
    expect(merges({ vocabSize: 300, minFrequency: 3 })).toEqual(['a b', 'Ġ ab']);
    expect(merges({ vocabSize: 300, minFrequency: 5 })).toEqual(['a b']);
    expect(merges({ vocabSize: 257 })).toEqual(['a b']);
    const small = trained({ vocabSize: 258 });
    expect(small.vocabSize).toBe(258);
    expect(Array.from(small.encode('ab abc'), (token) => small.tokens[token])).toEqual(['ab', 'Ġab', 'c']);
  });

  test('finds the merges that counting all pairs anew would', () => {
    const byCounting = (given: readonly number[][]): string[] => {
      const found: string[] = [];
      for (let words = given; ;) {
        const pairs = words.flatMap((word) => word.slice(1).map((right, k) => pairKey(word[k]!, right)));
        const counts = new Map<number, number>();
        for (const key of pairs) counts.set(key, (counts.get(key) ?? 0) + 1);
        const [best] = [...counts].toSorted((a, b) => b[1] - a[1] || a[0] - b[0]);
        if (!best || best[1] < 2) return found;
        const [left, right] = [Math.floor(best[0] / 2 ** 26), best[0] % 2 ** 26];
        const token = 99 + found.push(`${left} ${right}`);
        words = words.map((word) => mergeInto(word, left, right, token));
      }
    };
    const anyWords = fc.array(fc.array(fc.constantFrom(0, 1, 2), { maxLength: 12 }), { maxLength: 12 });
    fc.assert(
      fc.property(anyWords, (given) => {
        const found: string[] = [];
        findMerges(new Map(given.map((word) => [word, 1])), (...pair) => 99 + found.push(pair.join(' ')), 2);
        expect(found).toEqual(byCounting(given));
      }),
      { numRuns: 60 },
    );
  });

  test('numbers bytes as GPT-2 does, and cuts words as it does', () => {
    const plain = BPETokenizer.train('', { vocabSize: 256 });
    expect([...plain.encode('!Hello world')]).toEqual([0, 39, 68, 75, 75, 78, 220, 86, 78, 81, 75, 67]);
    expect([plain.tokens[0], plain.tokens[220], plain.tokens[198], plain.tokens[255]]).toEqual(['!', 'Ġ', 'Ċ', 'Ń']);
    // No merge goes across the end of a word, a number, a run of signs or an ending.
    const merges = tokenizer.toJSON().model.merges.map((pair) => String(pair).replace(' ', ''));
    expect(merges).toContain('Ġthe');
    expect(merges).toContain("'t");
    expect(merges.filter((token) => /.Ġ\S|[a-z][;,!]/.test(token))).toEqual([]);
    expect(tokenizer.encode('constructor').length).toBeLessThan(11);
  });

  test('finds special tokens, and leaves them out if it shall', () => {
    const tokens = tokenizer.encode(`a${end}b`);
    const last = tokenizer.vocabSize - 1;
    expect([tokens.length, tokens[1], tokenizer.specialTokens.get(end)]).toEqual([3, last, last]);
    expect(tokenizer.decode(tokens, { skipSpecialTokens: true })).toBe('ab');
    const both = BPETokenizer.train('', { vocabSize: 258, specialTokens: ['<a>', '<a><b>'] });
    expect([...both.encode('<a><b>')]).toEqual([257]);
  });

  test('reads vocab and merges of files, and those of a tokenizer.json', () => {
    const { model, added_tokens } = tokenizer.toJSON();
    const merges = model.merges.map((pair) => String(pair).split(' ') as [string, string]);
    const vocab = { ...model.vocab, [end]: tokenizer.vocabSize - 1 };
    for (const again of [
      new BPETokenizer({ vocab, merges, specialTokens: [end] }),
      BPETokenizer.fromJSON({ vocab, merges, specialTokens: [end] }),
      BPETokenizer.fromJSON({ ...tokenizer.toJSON(), added_tokens, model: { ...model, merges } }),
    ]) {
      expect(again.encode(corpus + end)).toEqual(tokenizer.encode(corpus + end));
      expect(again.vocabSize).toBe(tokenizer.vocabSize);
    }
  });

  test.each<[string, object]>([
    ['normalizer is {"type":"NFC"}', { normalizer: { type: 'NFC' } }],
    ['pre_tokenizer.type is null', { pre_tokenizer: null }],
    ['pre_tokenizer.type is "Sequence"', { pre_tokenizer: { type: 'Sequence', pretokenizers: [] } }],
    ['pre_tokenizer.add_prefix_space is true', { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true } }],
    ['pre_tokenizer.use_regex is false', { pre_tokenizer: { type: 'ByteLevel', use_regex: false } }],
    ['model.ignore_merges is true', { model: { ...tokenizer.toJSON().model, ignore_merges: true } }],
    ['model.end_of_word_suffix is "</w>"', { model: { ...tokenizer.toJSON().model, end_of_word_suffix: '</w>' } }],
    [
      'lstrip of the added token <m> is true',
      { added_tokens: [{ id: 400, content: '<m>', special: true, lstrip: true }] },
    ],
    ['special of the added token <m> is false', { added_tokens: [{ id: 400, content: '<m>', special: false }] }],
  ])('refuses a tokenizer.json that would give other tokens: %s', (message, part) => {
    const json = { ...tokenizer.toJSON(), normalizer: null, ...part };
    expect(() => BPETokenizer.fromJSON(JSON.stringify(json))).toThrow(`BPETokenizer: ${message}. Pass a tokenizer`);
  });

  test('is written with all that Hugging Face asks for', () => {
    const { added_tokens, decoder, model, pre_tokenizer } = tokenizer.toJSON();
    const id = tokenizer.vocabSize - 1;
    expect(added_tokens).toEqual([
      { id, content: end, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
    ]);
    expect(model.vocab[end]).toBe(id);
    const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
    expect([pre_tokenizer, decoder]).toEqual([byteLevel, byteLevel]);
  });

  test('knows as space what GPT-2 does', () => {
    const merged = (text: string) => BPETokenizer.train(text.repeat(9), { vocabSize: 300 }).toJSON().model.merges;
    // A byte order mark is no space, and part of the word; U+0085 is one, and no part of it.
    expect(merged('\uFEFF#a')).toEqual(['» ¿', 'ï »¿', 'ï»¿ #']);
    expect(merged('#\u0085a')).toEqual(['Â ħ']);
  });

  const { vocab } = BPETokenizer.train('', { vocabSize: 256 }).toJSON().model;
  test.each<[string, () => unknown]>([
    [
      'BPETokenizer: vocabSize is 256, too few for 256 bytes and 1 special tokens. Pass at least 257.',
      () => BPETokenizer.train('', { vocabSize: 256, specialTokens: ['x'] }),
    ],
    [
      'BPETokenizer: the vocabulary lacks "Ā", the token of the byte 0.',
      () => new BPETokenizer({ vocab: { a: 0 }, merges: [] }),
    ],
    [
      'BPETokenizer: the vocabulary lacks "ab", a token of merge 0.',
      () => new BPETokenizer({ vocab, merges: ['a b'] }),
    ],
    ['BPETokenizer: "ab" is no merge. Pass two tokens each', () => new BPETokenizer({ vocab, merges: ['ab'] })],
    ['BPETokenizer: 0 is the number of both', () => new BPETokenizer({ vocab: { ...vocab, xy: 0 }, merges: [] })],
    ['BPETokenizer: -1 is no number of a token.', () => new BPETokenizer({ vocab: { ...vocab, xy: -1 }, merges: [] })],
    ['BPETokenizer: a special token is empty.', () => new BPETokenizer({ vocab, merges: [], specialTokens: [''] })],
    [
      'BPETokenizer: 256 is no token. Pass numbers below 256.',
      () => new BPETokenizer({ vocab, merges: [] }).decode([256]),
    ],
    ['BPETokenizer: there are no vocab and merges.', () => BPETokenizer.fromJSON('{}')],
    ['BPETokenizer: there are no vocab and merges.', () => BPETokenizer.fromJSON('null')],
    ['BPETokenizer: there is no JSON: SyntaxError', () => BPETokenizer.fromJSON('{')],
    ['the special token "Ġ" is also the token of the byte 32.', () => BPETokenizer.train('', { vocabSize: 300, specialTokens: ['Ġ'] })], // prettier-ignore
    ['the special token "Ġa" is also a token of merge 0.', () => BPETokenizer.train(' a a', { vocabSize: 300, specialTokens: ['Ġa'] })], // prettier-ignore
    [
      'BPETokenizer: model.type is "WordPiece". Pass a tokenizer that works as GPT-2\'s, where it is "BPE".',
      () => BPETokenizer.fromJSON({ model: { type: 'WordPiece', vocab: {}, merges: [] } } as never),
    ],
  ])('%s', (message, call) => {
    expect(call).toThrow(message);
  });
});

describe('SequenceDataset', () => {
  const numbers = (count: number) => Int32Array.from({ length: count }, (_, k) => k);

  test('gives blocks, and targets one token further on', async () => {
    const dataset = new SequenceDataset(numbers(10), 3);
    expectTypeOf(new DataLoader(dataset)).toEqualTypeOf<DataLoader<[Int32Array, Int32Array], [Tensor, Tensor]>>();
    const seen = [];
    for await (const [input, target] of new DataLoader(dataset, { batchSize: 2 })) {
      seen.push([await input.toArray(), await target.toArray(), input.dtype]);
    }
    expect(seen).toEqual([
      [[[0, 1, 2], [3, 4, 5]], [[1, 2, 3], [4, 5, 6]], 'int32'],
      [[[6, 7, 8]], [[7, 8, 9]], 'int32'],
    ]); // prettier-ignore
    expect(dataset.get(1)).toEqual([Int32Array.of(3, 4, 5), Int32Array.of(4, 5, 6)]);
  });

  test('has as many blocks as fit, wherever they begin', () => {
    const sizes = fc.record({ count: fc.integer({ min: 2, max: 60 }), stride: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 20 }), fc.boolean(), (given, most, randomOffset) => {
        const blockLength = Math.min(most, given.count - 1);
        const dataset = new SequenceDataset(numbers(given.count), blockLength, { stride: given.stride, randomOffset });
        for (let index = 0; index < dataset.length; index++) {
          const [input, target] = dataset.get(index);
          const offset = (input[0] ?? NaN) - index * given.stride;
          expect([input.length, target.length]).toEqual([blockLength, blockLength]);
          expect(target).toEqual(input.map((token) => token + 1));
          expect(offset >= 0 && offset < (randomOffset ? given.stride : 1)).toBe(true);
        }
        expect(dataset.length * given.stride + blockLength).toBeGreaterThanOrEqual(given.count);
      }),
      { numRuns: 40 },
    );
  });

  test('draws the same for a batch as sample by sample', async () => {
    const dataset = new SequenceDataset(numbers(40), 5, { stride: 4, randomOffset: true });
    manualSeed(2);
    const [inputs] = dataset.getBatch([3, 1, 8]);
    manualSeed(2);
    const samples = [3, 1, 8].map((index) => [...dataset.get(index)[0]]);
    expect(await inputs.toArray()).toEqual(samples);
  });

  test('refuses what is too short, and what is no token', () => {
    expect(() => new SequenceDataset([1, 2, 3], 3)).toThrow(
      'SequenceDataset: a block of 3 and the token after it do not fit into 3 tokens. Pass more, or a smaller blockLength.',
    );
    expect(() => new SequenceDataset([1, 2.5, 3], 2)).toThrow('SequenceDataset: 2.5 at 1 is no token.');
    expect(() => new SequenceDataset([1, 2, 3], 1, { stride: 0 })).toThrow('stride should be a positive integer');
    expect(() => new SequenceDataset([1, 2, 3], 1).get(2)).toThrow('SequenceDataset: index 2 is out of range');
  });
});
