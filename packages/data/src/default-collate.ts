import { isTensor, show, stack, tensor, ValueError, type Tensor, type TypedArray } from '@rushlight/core';

/** What a batch of samples becomes: `[Tensor, number]` becomes `[Tensor, Tensor]`, `{ name: string }` becomes `{ name: string[] }`. */
export type Collated<Sample> = Sample extends Tensor | TypedArray | number | boolean
  ? Tensor
  : Sample extends string
    ? string[]
    : Sample extends object
      ? { -readonly [Key in keyof Sample]: Collated<Sample[Key]> }
      : never;

/**
 * Puts samples together into a batch: tensors and typed arrays are stacked, numbers become an int32 tensor if all are
 * integers, else float32, booleans a bool tensor, strings a list; arrays and plain objects are gone through place by place.
 * Throws a ValueError naming the sample that is unlike the first.
 * https://pytorch.org/docs/1.13/data.html#torch.utils.data.default_collate
 *
 * @example
 * const [x, y] = defaultCollate([[tensor([1, 2]), 0], [tensor([3, 4]), 1]]); // x: [2, 2], y: [2]
 */
export function defaultCollate<Sample>(samples: readonly Sample[]): Collated<Sample> {
  return collate(samples, '') as Collated<Sample>;
}

/** `place` leads from a sample to these values of it, as one would write it: `[0].image`. */
function collate(values: readonly unknown[], place: string): unknown {
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
  if (kind === 'a number')
    return tensor(values as number[], { dtype: values.every(Number.isInteger) ? 'int32' : 'float32' });
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

function kindOf(value: unknown): string {
  if (isTensor(value)) return 'a tensor';
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return 'a typed array';
  if (Array.isArray(value)) return 'an array';
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? 'an object' : `a ${value.constructor.name}`;
}
