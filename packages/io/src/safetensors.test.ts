import { readFileSync } from 'node:fs';
import {
  ones,
  tensor,
  tidy,
  useBackend,
  zeros,
  describe as describeDType,
  type DType,
  type Tensor,
} from '@rushlight/core';
import { nullBackend, reference } from '@rushlight/core/testing';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { FormatError } from './format-error.ts';
import { loadSafetensors } from './load-safetensors.ts';
import { readSafetensorsHeader, safetensorsHeaderBytes } from './safetensors-header.ts';
import { saveSafetensors } from './save-safetensors.ts';

interface Described {
  readonly dtype: DType;
  readonly shape: number[];
  readonly values: (number | string | boolean)[];
}

/** What the reference implementation wrote and said; see the script beside it. */
interface Fixtures {
  readonly saved: {
    readonly name: string;
    readonly metadata: Record<string, string> | null;
    readonly bytes: string;
    readonly tensors: [string, Described][];
  }[];
  readonly integers: { readonly bytes: string; readonly tensors: Record<string, Described> };
  readonly headers: { readonly header: string; readonly size: number; readonly isAccepted: boolean }[];
}

// Parsed here, for bundlers know neither -0 nor a key "__proto__".
const fixtures = JSON.parse(readFileSync(new URL('../fixtures/files.json', import.meta.url), 'utf8')) as Fixtures;

beforeAll(() => useBackend(reference()));

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, 'base64'));

/** A file of a given header and data. */
function file(header: string | object, data: Iterable<number> = []): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const size = new Uint8Array(new BigUint64Array([BigInt(text.length)]).buffer);
  return Uint8Array.from([...size, ...text, ...data]);
}

const one = (dtype: string, data: ArrayBufferView, shape?: number[]): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const count = data.byteLength / (data as Uint8Array).BYTES_PER_ELEMENT;
  return file({ a: { dtype, shape: shape ?? [count], data_offsets: [0, bytes.length] } }, bytes);
};

const load = (bytes: Uint8Array): Tensor => loadSafetensors(bytes).tensors['a']!;

/** The message of the FormatError that it throws; undefined where it throws nothing. */
function refusal(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof FormatError) return error.message;
    throw error;
  }
}

describe('beside the reference implementation', () => {
  test.each(fixtures.saved)('writes the same bytes, and reads them: $name', async ({ bytes, metadata, tensors }) => {
    const expected = fromBase64(bytes);
    const made = tensors.map(
      ([key, { dtype, shape, values }]) => [key, tensor(values.map(Number), { shape, dtype })] as const,
    );
    const written = await saveSafetensors(Object.fromEntries(made), metadata ? { metadata } : {});
    expect(Buffer.from(written).toString('latin1')).toBe(Buffer.from(expected).toString('latin1'));

    const loaded = loadSafetensors(expected);
    expect(Object.keys(loaded.tensors)).toHaveLength(made.length);
    for (const [key, x] of made) {
      const y = loaded.tensors[key]!;
      expect([y.dtype, y.shape, y.dataSync()]).toEqual([x.dtype, x.shape, x.dataSync()]);
    }
    expect(loaded.metadata).toEqual(metadata ?? {});
  });

  test('reads its integers as int32', () => {
    const { tensors } = loadSafetensors(fromBase64(fixtures.integers.bytes));
    for (const [key, { shape, values }] of Object.entries(fixtures.integers.tensors)) {
      const x = tensors[key]!;
      expect([key, x.dtype, x.shape, [...x.dataSync()]]).toEqual([key, 'int32', shape, values]);
    }
  });

  test.each(fixtures.headers)('judges a header with $size bytes behind it: $header', ({ header, size, isAccepted }) => {
    const bytes = file(header, new Uint8Array(size));
    const said = refusal(() => loadSafetensors(bytes));
    expect(said === undefined).toBe(isAccepted);
    expect(said ?? 'loadSafetensors: the data is fine. Go on.').toMatch(/^loadSafetensors: .*the data.*\. .*\.$/s);
  });
});

describe('dtypes', () => {
  const values = { float32: [1.5, -0, NaN, Infinity], float64: [Math.PI, -5e-324], float16: [0.5, 65504, -0, NaN] };

  test.each(['float32', 'float64', 'float16'] as const)('%s keeps zeros, NaN and infinities', async (dtype) => {
    const x = tensor(values[dtype], { dtype });
    const { tensors } = loadSafetensors(await saveSafetensors({ x }));
    expect([...tensors['x']!.dataSync()]).toEqual([...x.dataSync()]);
  });

  test('keeps the bits of a NaN', async () => {
    const bytes = one('F16', new Uint16Array([0xfe01, 0x7c01]));
    expect(load(bytes).dataSync()).toEqual(new Uint16Array([0xfe01, 0x7c01]));
    expect(await saveSafetensors({ a: load(bytes) })).toEqual(await saveSafetensors(loadSafetensors(bytes).tensors));
  });

  test('BF16 becomes float32, exactly', () => {
    const halves = Uint16Array.from({ length: 2 ** 16 }, (_, k) => k);
    const x = load(one('BF16', halves));
    expect(x.dtype).toBe('float32');
    const bits = new Uint32Array((x.dataSync() as Float32Array<ArrayBuffer>).buffer);
    // A NaN may lose its bits on the way, but stays one.
    const isNaNHalf = (half: number): boolean => (half & 0x7fff) > 0x7f80;
    expect(halves.every((half, k) => isNaNHalf(half) || bits[k] === half * 65536)).toBe(true);
  });

  test('the 8-bit floats of torch become float32', () => {
    expect([...load(one('F8_E4M3', new Uint8Array([0x38, 0xb8, 0x7e, 0x01, 0x80, 0x7f]))).dataSync()]).toEqual([
      1,
      -1,
      448,
      2 ** -9,
      -0,
      NaN,
    ]);
    expect([...load(one('F8_E5M2', new Uint8Array([0x3c, 0xbc, 0x7b, 0x01, 0x7c, 0x7e]))).dataSync()]).toEqual([
      1,
      -1,
      57344,
      2 ** -16,
      Infinity,
      NaN,
    ]);
  });

  test('any byte but 0 is true', () => {
    expect(load(one('BOOL', new Uint8Array([0, 1, 7, 255]))).toArraySync()).toEqual([false, true, true, true]);
  });

  test('integers that int32 does not hold are refused by name, value and place', () => {
    const message = (dtype: string, data: ArrayBufferView): string | undefined =>
      refusal(() => loadSafetensors(one(dtype, data), { name: 'w.safetensors' }));
    expect(message('I64', new BigInt64Array([0n, -(2n ** 31n) - 1n]))).toBe(
      'loadSafetensors: the tensor "a" of w.safetensors has shape [2] and the I64 value -2147483649 at position 1, which int32 does not hold. Convert it to a float.',
    );
    expect(message('I64', new BigInt64Array([2n ** 31n]))).toContain('value 2147483648 at position 0');
    expect(message('I64', new BigInt64Array([2n ** 63n - 1n]))).toContain('value 9223372036854775807 at');
    expect(message('U64', new BigUint64Array([2n ** 64n - 1n]))).toContain('value 18446744073709551615 at');
    expect(message('U64', new BigUint64Array([2n ** 31n]))).toContain('value 2147483648 at');
    expect(message('U32', new Uint32Array([5, 2 ** 32 - 1]))).toContain('value 4294967295 at position 1');
  });

  test('I64 as BigInt has it', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.bigInt(-(2n ** 33n), 2n ** 33n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-5n, 5n)),
        ),
        (list) => {
          const wrong = list.find((n) => BigInt.asIntN(32, n) !== n);
          const run = (): Tensor => load(one('I64', BigInt64Array.from(list)));
          const said = refusal(run);
          expect(wrong === undefined ? [...run().dataSync()] : []).toEqual(wrong === undefined ? list.map(Number) : []);
          expect(said?.match(/value -?\d+ at position \d+/)?.[0]).toBe(
            wrong === undefined ? undefined : `value ${wrong} at position ${list.indexOf(wrong)}`,
          );
        },
      ),
    );
  });

  test.each(['C64', 'F8_E8M0', 'F8_E4M3FNUZ', 'F4', 'F6_E2M3'])('%s is refused, though its header is read', (dtype) => {
    const bits = dtype === 'C64' ? 64 : dtype === 'F4' ? 4 : dtype === 'F6_E2M3' ? 6 : 8;
    const bytes = file({ a: { dtype, shape: [4], data_offsets: [0, bits / 2] } }, new Uint8Array(bits / 2));
    expect(readSafetensorsHeader(bytes).tensors['a']).toMatchObject({ dtype, shape: [4] });
    expect(refusal(() => loadSafetensors(bytes))).toBe(
      `loadSafetensors: the tensor "a" of the data is ${dtype}, which no dtype here holds. Convert it to one of BOOL, U8, I8, I16, U16, I32, U32, I64, U64, F8_E4M3, F8_E5M2, F16, BF16, F32, F64.`,
    );
  });
});

describe('saveSafetensors', () => {
  test('writes views as they look, and what shares memory one by one', async () => {
    const base = tensor([[1, 2, 3], [4, 5, 6]]); // prettier-ignore
    const views = { t: base.t(), column: base.select(1, 1), spread: tensor([7]).expand([2, 2]), base };
    const { tensors } = loadSafetensors(await saveSafetensors(views));
    for (const [name, x] of Object.entries(views)) expect(tensors[name]!.toArraySync()).toEqual(x.toArraySync());
    tensors['t']!.mul_(0);
    expect(tensors['base']!.toArraySync()).toEqual(base.toArraySync());
  });

  test('writes what was there when it was called', async () => {
    const [a, b] = [ones([3]), ones([2])];
    const saved = saveSafetensors({ a, b });
    a.mul_(5);
    b.mul_(5);
    expect(loadSafetensors(await saved).tensors['b']!.toArraySync()).toEqual([1, 1]);
  });

  test('is aligned to 8 bytes, and an empty file is one', async () => {
    expect(Buffer.from(await saveSafetensors({})).toString('latin1')).toBe('\x08\0\0\0\0\0\0\0{}      ');
    const bytes = await saveSafetensors({ a: zeros([3], { dtype: 'bool' }), b: zeros([1], { dtype: 'float64' }) });
    const { tensors, headerBytes, fileBytes } = readSafetensorsHeader(bytes);
    expect([headerBytes % 8, fileBytes]).toEqual([0, bytes.length]);
    expect([tensors['b']!.bytes[0], tensors['a']!.bytes]).toEqual([headerBytes, [headerBytes + 8, headerBytes + 11]]);
  });

  test.each([
    [
      'a reserved name',
      { __metadata__: [] },
      'saveSafetensors: a tensor has the name "__metadata__", which the format keeps for itself. Choose another.',
    ],
    [
      'half a character',
      { 'a\ud800': [] },
      'saveSafetensors: the name "a\\ud800" has half of a surrogate pair, which is no text. Leave it out.',
    ],
    ['an array', { a: [] }, 'saveSafetensors: "a" is an array, not a tensor. Put numbers and texts into the metadata.'],
    ['null', { a: null }, 'saveSafetensors: "a" is null, not a tensor.'],
    ['a number', { a: 1 }, 'saveSafetensors: "a" is a number, not a tensor.'],
  ])('refuses %s', async (_, tensors, message) => {
    await expect(saveSafetensors(tensors as unknown as Record<string, Tensor>)).rejects.toThrow(message);
  });

  test('refuses metadata that are no texts', async () => {
    const save = (metadata: object) => saveSafetensors({}, { metadata: metadata as Record<string, string> });
    await expect(save({ epoch: 3 })).rejects.toThrow(
      'saveSafetensors: the metadata "epoch" is a number, not a text. Use JSON.stringify.',
    );
    await expect(save({ a: '\udc00' })).rejects.toThrow('the metadata "a" "\\udc00" has half of a surrogate pair');
  });
});

describe('the header', () => {
  test('needs no more of a file than itself', async () => {
    const bytes = await saveSafetensors({ w: ones([4, 5]) }, { metadata: { format: 'pt' } });
    const size = safetensorsHeaderBytes(bytes.subarray(0, 8));
    const header = readSafetensorsHeader(bytes.subarray(0, size));
    expect(header).toEqual({
      tensors: { w: { dtype: 'F32', shape: [4, 5], bytes: [size, size + 80] } },
      metadata: { format: 'pt' },
      headerBytes: size,
      fileBytes: size + 80,
    });
    expect(refusal(() => readSafetensorsHeader(bytes.subarray(0, size - 1), { name: 'm' }))).toBe(
      `readSafetensorsHeader: m is cut short: its header takes ${size} bytes, there are ${size - 1}. Get the file anew.`,
    );
    expect(refusal(() => safetensorsHeaderBytes(bytes.subarray(0, 7), { name: 'm' }))).toBe(
      'safetensorsHeaderBytes: m has 7 bytes, and safetensors begin with 8. Get the file anew.',
    );
  });

  const entry = { dtype: 'U8', shape: [1], data_offsets: [0, 1] };
  const text = JSON.stringify(entry);
  test.each([
    [
      'a name twice',
      `{"a":${text},"b":{"dtype":"U8","shape":[0],"data_offsets":[1,1]},"\\u0061":${text}}`,
      'has the key "a" twice',
    ],
    ['a key twice within', '{"__metadata__":{"x":"[,{","x":"2"}}', 'has the key "x" twice'],
    ['no JSON', '{"a":}', 'is no JSON ('],
    ['two values', '{}{}', 'is no JSON ('],
    ['a list', '[1]', 'begins with byte 91 instead of {'],
    ['nothing', '', 'is empty'],
    ['white space first', ' {}', 'begins with byte 32 instead of {'],
    ['numbers as metadata', '{"__metadata__":{"a":1}}', 'has __metadata__ that are not texts by name'],
    ['no entry', '{"a":null}', 'has nothing for the dtype of the tensor "a", and there are BOOL, F4,'],
    [
      'an unknown dtype',
      { a: { ...entry, dtype: 'F128' } },
      'has "F128" for the dtype of the tensor "a", and there are',
    ],
    ['a name of Object for a dtype', { a: { ...entry, dtype: 'toString' } }, 'has "toString" for the dtype'],
    [
      'a negative size',
      { a: { ...entry, shape: [-1] } },
      'has [-1] for the shape of the tensor "a", not a list of sizes',
    ],
    ['minus nothing', '{"a":{"dtype":"U8","shape":[-0],"data_offsets":[0,0]}}', 'for the shape of the tensor "a"'],
    ['no shape', { a: { dtype: 'U8', data_offsets: [0, 1] } }, 'has nothing for the shape of the tensor "a"'],
    ['a long shape', { a: { ...entry, shape: Array(99).fill(-1) } }, '-1,-1,-1,-… for the shape of the tensor "a"'],
    ['one offset', { a: { ...entry, data_offsets: [0] } }, 'has [0] for the data_offsets of the tensor "a", not two'],
    [
      'a huge shape',
      { a: { ...entry, shape: [2 ** 52, 4] } },
      'gives the shape [4503599627370496, 4] of the tensor "a", more elements than can be',
    ],
    ['a huge shape that is empty', { a: { ...entry, shape: [2 ** 52, 4, 0] } }, 'more elements than can be'],
    ['a huge shape of wide elements', { a: { ...entry, dtype: 'F64', shape: [2 ** 50] } }, 'more elements than can be'],
    [
      'a wrong size',
      { a: { ...entry, dtype: 'F32' } },
      'gives 1 bytes (0 to 1) for the data of the tensor "a", and [1] of F32 take 4',
    ],
    ['a place that ends before it begins', { a: { ...entry, data_offsets: [1, 0] } }, 'gives -1 bytes (1 to 0)'],
    [
      'a gap',
      { a: { ...entry, data_offsets: [1, 2] } },
      'says that the data of the tensor "a" begin at 1, where they leave a gap before them: 0 is next',
    ],
    [
      'an overlap',
      { a: entry, b: { ...entry, shape: [2], data_offsets: [0, 2] } },
      'the data of the tensor "b" begin at 0, where they overlap those before them: 1 is next',
    ],
  ])('refuses %s', (_, header, message) => {
    const said = refusal(() => readSafetensorsHeader(file(header), { name: 'm.safetensors' }));
    expect(said).toContain(
      `readSafetensorsHeader: the header of m.safetensors ${message}`
        .replace('m.safetensors -', 'm.safetensors has [-')
        .slice(
          0,
          message.startsWith('-') ||
            message.startsWith('more') ||
            message.startsWith('for') ||
            message.startsWith('the data')
            ? 40
            : undefined,
        ),
    );
    expect(said).toContain(message);
    expect(said).toMatch(/\. Get the file anew, or check what wrote it\.$/);
  });

  test('refuses what is no UTF-8, and a size past 100 MB', () => {
    expect(refusal(() => loadSafetensors(file('{}').with(9, 0xff)))).toContain('the header of the data is no UTF-8.');
    expect(refusal(() => loadSafetensors(file('{}').with(7, 0x80)))).toBe(
      'loadSafetensors: the data begins with a header size of 9223372036854775810 bytes, and safetensors allow 100000000. Pass a safetensors file.',
    );
    expect(refusal(() => loadSafetensors(file('{}').with(3, 5)))).toContain(
      'is cut short: its header takes 83886090 bytes',
    );
    expect(refusal(() => loadSafetensors(file('{}').with(3, 6)))).toContain('a header size of 100663298 bytes');
  });

  test('refuses data that are missing or left over', () => {
    const bytes = file({ a: entry });
    expect(refusal(() => loadSafetensors(bytes, { name: 'm' }))).toBe(
      `loadSafetensors: m is cut short: its header tells of ${bytes.length + 1} bytes, there are ${bytes.length}. Get the file anew.`,
    );
    expect(refusal(() => loadSafetensors(file({ a: entry }, [1, 2])))).toContain(
      'the data is too long: its header tells of',
    );
  });

  test('names of Object.prototype are names', async () => {
    const names = ['__proto__', 'constructor', 'toString', '0', ''];
    const tensors = Object.fromEntries(names.map((name) => [name, ones([1])]));
    const texts = Object.fromEntries(names.map((name) => [name, name]));
    const loaded = loadSafetensors(await saveSafetensors(tensors, { metadata: texts }));
    expect(Object.keys(loaded.tensors).toSorted()).toEqual(names.toSorted());
    expect(Object.keys(loaded.metadata).toSorted()).toEqual(names.toSorted());
    expect(Object.getPrototypeOf(loaded.tensors)).toBe(Object.prototype);
  });
});

describe('devices', () => {
  test('loads to a device, and takes bytes from the middle of a buffer', async () => {
    const other = await useBackend(nullBackend());
    const device = await useBackend(reference());
    const bytes = await saveSafetensors({ a: ones([2, 3]) });
    expect(loadSafetensors(bytes, { device: other }).tensors['a']!.device).toBe(other);
    const shifted = new Uint8Array(bytes.length + 6);
    shifted.set(bytes, 3);
    const x = load(shifted.subarray(3, -3));
    expect([x.device, x.toArraySync()]).toEqual([device, [[1, 1, 1], [1, 1, 1]]]); // prettier-ignore
    shifted.fill(0);
    expect(x.toArraySync()).toEqual([[1, 1, 1], [1, 1, 1]]); // prettier-ignore
  });

  test('names what a device cannot hold, and frees what was loaded before it', async () => {
    const backend = reference();
    const create = async () => {
      const made = await backend.create();
      const limits = { ...made.limits, dtypes: made.limits.dtypes.filter((dtype) => dtype !== 'float64') };
      return new Proxy(made, { get: (target, key) => (key === 'limits' ? limits : Reflect.get(target, key)) });
    };
    const narrow = await useBackend({ name: 'narrow', create });
    await useBackend(reference());
    const doubles = await saveSafetensors({ a: ones([1], { dtype: 'float64' }) });
    expect(() => loadSafetensors(doubles, { device: narrow, name: 'm' })).toThrow(
      `loadSafetensors: the tensor "a" of m is F64, and the "${narrow.name}" backend has no float64. Load it on another device, or convert the file.`,
    );
    const mixed = file(
      { a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] }, b: { dtype: 'C64', shape: [], data_offsets: [4, 12] } },
      new Uint8Array(12),
    );
    expect(() => loadSafetensors(mixed, { device: narrow })).toThrow('is C64');
    expect(narrow.memory().liveBuffers).toBe(0);
  });
});

describe('properties', () => {
  const dtypes = ['float32', 'float64', 'float16', 'int32', 'uint8', 'bool'] as const;
  const stored = fc
    .record({ dtype: fc.constantFrom(...dtypes), shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }) })
    .chain(({ dtype, shape }) => {
      const count = shape.reduce((a, b) => a * b, 1);
      const { kind } = describeDType(dtype);
      const value =
        kind === 'float' ? fc.double({ noNaN: true }) : fc.integer({ min: 0, max: dtype === 'bool' ? 1 : 255 });
      return fc.array(value, { minLength: count, maxLength: count }).map((values) => ({ dtype, shape, values }));
    });
  const name = fc.string({ unit: 'binary' });
  const contents = fc.dictionary(
    name.filter((key) => key !== '__metadata__'),
    stored,
    { maxKeys: 6 },
  );

  test('what was saved is loaded', async () => {
    await fc.assert(
      fc.asyncProperty(contents, fc.dictionary(name, name), async (given, metadata) => {
        const tensors = Object.fromEntries(
          Object.entries(given).map(([key, { values, ...options }]) => [key, tensor(values, options)]),
        );
        const bytes = await saveSafetensors(tensors, { metadata });
        const loaded = loadSafetensors(bytes);
        expect(Object.entries(loaded.metadata).toSorted()).toEqual(Object.entries(metadata).toSorted());
        expect(Object.keys(loaded.tensors).toSorted()).toEqual(Object.keys(given).toSorted());
        for (const [key, x] of Object.entries(tensors)) {
          const y = loaded.tensors[key]!;
          expect([y.dtype, y.shape, y.dataSync()]).toEqual([x.dtype, x.shape, x.dataSync()]);
        }
        expect(await saveSafetensors(loaded.tensors, { metadata })).toEqual(bytes);
      }),
    );
  });

  const sample = async (): Promise<Uint8Array<ArrayBuffer>> =>
    saveSafetensors(
      { w: ones([2, 3]), b: zeros([3]), n: tensor([7], { dtype: 'int32' }), s: tensor(1), none: zeros([0, 4]) },
      { metadata: { format: 'pt' } },
    );

  test('every truncation is refused', async () => {
    const bytes = await sample();
    const loaded = Array.from(bytes.keys()).filter(
      (n) => refusal(() => loadSafetensors(bytes.subarray(0, n))) === undefined,
    );
    expect(loaded).toEqual([]);
  });

  test('a changed byte gives a FormatError, or tensors that fit into the file', async () => {
    const bytes = await sample();
    const check = (damaged: Uint8Array): void =>
      tidy(() => {
        let held = 0;
        refusal(() => {
          const { tensors } = loadSafetensors(damaged);
          for (const x of Object.values(tensors)) held += x.dataSync().byteLength;
        });
        // An F8 or a BF16 is widened.
        expect(held).toBeLessThanOrEqual(4 * damaged.length);
      });
    for (let at = 0; at < bytes.length; at++)
      for (let bit = 0; bit < 8; bit++) check(bytes.with(at, bytes[at]! ^ (1 << bit)));
    const place = fc.integer({ min: 0, max: bytes.length - 1 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const damaged = bytes.slice();
          for (const [at, byte] of changes) damaged[at] = byte;
          check(damaged);
        },
      ),
      { numRuns: 1000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check), { numRuns: 500 });
  });
});

test('what is no Uint8Array', () => {
  for (const [bytes, what] of [
    [new ArrayBuffer(8), 'ArrayBuffer'], [new Float32Array(8), 'Float32Array'], ['{}', 'String'], [undefined, 'Undefined'],
  ] as const) {
    expect(() => loadSafetensors(bytes as never, { name: 'a.safetensors' })).toThrow(
      `loadSafetensors: a.safetensors is of type ${what}. Pass a Uint8Array: new Uint8Array(await file.arrayBuffer()).`,
    );
  }
  expect(() => loadSafetensors(Buffer.alloc(3))).toThrow('the data has 3 bytes');
}); // prettier-ignore
