import { isTensor, show, stack, tensor, ValueError, type Tensor, type TypedArray } from '@rushlight/core';

/** What a batch of samples becomes: `[Tensor, number]` becomes `[Tensor, Tensor]`, `{ name: string }` becomes `{ name: string[] }`. */
export type Collated<Sample> = Sample extends Tensor | TypedArray | number | boolean
  ? Tensor
  : Sample extends string
    ? string[]
    : Sample extends object
      ? { -readonly [Key in keyof Sample]: Collated<Sample[Key]> }
      : never;

/** The dtypes that a batch of plain numbers can have. */
export type NumberDType = 'int32' | 'float32';

/** Which part of the samples is put together. */
export interface CollatePlace {
  /** As one would write it, `[1]` or `.label`: for messages, and to tell the fields of numbers apart. Default: the samples themselves. */
  readonly place?: string;
}

/** Options of `defaultCollate`. */
export interface CollateOptions extends CollatePlace {
  /** What plain numbers become. Default: int32 if all of a field are whole, else float32. */
  readonly numbers?: NumberDType;
}

/** What puts samples together, as `defaultCollate` does. */
export type Collate = <Sample>(samples: readonly Sample[], options?: CollatePlace) => Collated<Sample>;

/**
 * Puts samples together into a batch: tensors and typed arrays are stacked, booleans become a bool tensor, strings a list; arrays and
 * plain objects are gone through place by place. Plain numbers become a tensor of the dtype `numbers`; without it int32 if
 * all of them are whole, as labels are, else float32. JavaScript has one kind of number, so that this is told by the values: a
 * DataLoader looks at its first batch and keeps to it. Throws a ValueError naming the sample that is unlike the first, or a number
 * that int32 does not hold where that is wanted.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.default_collate
 *
 * @example
 * const [x, y] = defaultCollate([[tensor([1, 2]), 0], [tensor([3, 4]), 1]]); // x: float32 [2, 2], y: int32 [2]
 */
export function defaultCollate<Sample>(
  samples: readonly Sample[],
  { numbers, place = '' }: CollateOptions = {},
): Collated<Sample> {
  if (numbers) checkNumbers('defaultCollate', numbers);
  const why = numbers ? "numbers is 'int32'" : 'whole numbers become int32';
  const refused = `${why}. Pass numbers: 'float32', or give that field as a tensor`;
  const dtypeOf = (values: readonly number[]): NumberDType => numbers ?? narrowest(values);
  return collate(samples, place, { dtypeOf, refused }) as Collated<Sample>;
}

/** A `defaultCollate` for batch after batch: the numbers of a field keep the dtype that they have in the first, noted in `found`. */
export function steadyCollate(found: Map<string, NumberDType>): Collate {
  const refused =
    "the numbers of this field were whole in the first batch, so that they are int32. Pass numbers: 'float32' to the DataLoader, or give that field as a tensor";
  const dtypeOf = (values: readonly number[], place: string): NumberDType => {
    const dtype = found.get(place) ?? narrowest(values);
    found.set(place, dtype);
    return dtype;
  };
  return <Sample>(samples: readonly Sample[], { place = '' }: CollatePlace = {}) =>
    collate(samples, place, { dtypeOf, refused }) as Collated<Sample>;
}

/** Throws a ValueError for a dtype that numbers cannot become. */
export function checkNumbers(op: string, numbers: NumberDType): void {
  if (!isNumberDType(numbers)) throw new ValueError(op, `numbers is '${String(numbers)}'. Pass 'int32' or 'float32'.`);
}

/** Whether it is a dtype that numbers can become. */
export function isNumberDType(dtype: unknown): dtype is NumberDType {
  const known: readonly unknown[] = ['int32', 'float32'] satisfies NumberDType[];
  return known.includes(dtype);
}

function narrowest(values: readonly number[]): NumberDType {
  return values.every(Number.isInteger) ? 'int32' : 'float32';
}

interface NumberRule {
  /** The dtype of the numbers at a place. */
  dtypeOf(values: readonly number[], place: string): NumberDType;
  /** Why one that is not whole does not fit, and what to do. */
  readonly refused: string;
}

/** `place` leads from a sample to these values of it, as one would write it: `[0].image`. */
function collate(values: readonly unknown[], place: string, rule: NumberRule): unknown {
  const [first] = values;
  if (values.length === 0) throw new ValueError('defaultCollate', 'there are no samples. Pass at least one.');
  const kind = kindOf(first);
  const unlike = (at: number, what: string, firstIs: string) =>
    new ValueError(
      'defaultCollate',
      `sample ${at}${place} ${what}, but sample 0${place} ${firstIs}. Make them alike or pass a collateFn.`,
    );
  values.forEach((value, at) => {
    if (kindOf(value) !== kind) throw unlike(at, `is ${kindOf(value)}`, `is ${kind}`);
  });

  if (kind === 'a boolean') return tensor(values as boolean[]);
  if (kind === 'a number') return collateNumbers(values as number[], place, rule);
  if (kind === 'a string') return values;
  if (kind === 'a tensor' || kind === 'a typed array') {
    const tensors = kind === 'a tensor' ? (values as Tensor[]) : (values as TypedArray[]).map((value) => tensor(value));
    const shape = show(tensors[0]?.shape ?? []);
    tensors.forEach((t, at) => {
      if (show(t.shape) !== shape) throw unlike(at, `has shape ${show(t.shape)}`, `has ${shape}`);
    });
    return stack(tensors);
  }
  if (kind === 'an array') {
    const arrays = values as unknown[][];
    const length = arrays[0]?.length ?? 0;
    arrays.forEach((array, at) => {
      if (array.length !== length) throw unlike(at, `has length ${array.length}`, `has ${length}`);
    });
    return Array.from({ length }, (_, i) =>
      collate(
        arrays.map((array) => array[i]),
        `${place}[${i}]`,
        rule,
      ),
    );
  }
  if (kind === 'an object') {
    const objects = values as Record<string, unknown>[];
    const keys = (object: object) => Object.keys(object).toSorted().join(', ');
    objects.forEach((object, at) => {
      if (keys(object) !== keys(objects[0] ?? {}))
        throw unlike(at, `has the keys ${keys(object)}`, `has ${keys(objects[0] ?? {})}`);
    });
    return Object.fromEntries(
      Object.keys(objects[0] ?? {}).map((key) => [
        key,
        collate(
          objects.map((object) => object[key]),
          `${place}.${key}`,
          rule,
        ),
      ]),
    );
  }
  const known = 'tensors, typed arrays, numbers, booleans, strings, arrays and plain objects';
  throw new ValueError(
    'defaultCollate',
    `sample 0${place} is ${kind}, and batches are made of ${known}. Pass a collateFn.`,
  );
}

function collateNumbers(values: readonly number[], place: string, { dtypeOf, refused }: NumberRule): Tensor {
  const dtype = dtypeOf(values, place);
  const odd = dtype === 'int32' ? values.findIndex((value) => value !== (value | 0)) : -1;
  if (odd >= 0) throw new ValueError('defaultCollate', `sample ${odd}${place} is ${values[odd]}, but ${refused}.`);
  return tensor([...values], { dtype });
}

/** What a value is, as messages say it. */
export function kindOf(value: unknown): string {
  if (isTensor(value)) return 'a tensor';
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return 'a typed array';
  if (Array.isArray(value)) return 'an array';
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? 'an object' : `a ${value.constructor.name}`;
}
