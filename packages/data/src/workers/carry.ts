// Batches as they go from one thread to another: tensors as their elements, whose memory is handed over and not copied.

import { isTensor, tensor, type DType, type Tensor, type TypedArray } from '@rushlight/core';
import { kindOf } from '../default-collate.ts';

/** A batch, or a part of one, in what can be posted. */
export type Carried =
  | {
      readonly kind: 'tensor';
      readonly data: TypedArray;
      readonly shape: readonly number[];
      readonly dtype: DType;
    }
  | { readonly kind: 'list'; readonly items: readonly Carried[] }
  | { readonly kind: 'record'; readonly entries: readonly (readonly [string, Carried])[] }
  | { readonly kind: 'value'; readonly value: unknown };

/**
 * Packs a batch: what is to be posted, with the memory that goes along in `moved`. Tensors in lists and plain objects are found. Rejects
 * with a TypeError for an object of a class, which would come without its methods.
 */
export async function pack(batch: unknown, moved: ArrayBufferLike[]): Promise<Carried> {
  if (isTensor(batch)) return packTensor(batch, moved);
  if (Array.isArray(batch)) {
    const items: Carried[] = [];
    for (const item of batch) items.push(await pack(item, moved));
    return { kind: 'list', items };
  }
  if (isRecord(batch)) {
    const entries: [string, Carried][] = [];
    for (const [key, value] of Object.entries(batch)) entries.push([key, await pack(value, moved)]);
    return { kind: 'record', entries };
  }
  // Maps, dates, typed arrays and the like have tags of their own, and come as they are.
  if (Object.prototype.toString.call(batch) === '[object Object]') throw cannotGo(kindOf(batch));
  return { kind: 'value', value: batch };
}

async function packTensor(x: Tensor, moved: ArrayBufferLike[]): Promise<Carried> {
  // What is read of float16 are bits, and numbers are what `unpack` makes a tensor of.
  const read = await (x.dtype === 'float16' ? x.to('float32') : x).data();
  // Memory that holds more than these elements, or is shared, stays where it is.
  const isOwn = read.buffer instanceof ArrayBuffer && read.byteLength === read.buffer.byteLength;
  const data = isOwn ? read : read.slice();
  moved.push(data.buffer);
  return { kind: 'tensor', data, shape: x.shape, dtype: x.dtype };
}

/** That a batch holds what cannot be posted, or not whole. */
export function cannotGo(what: string, cause?: unknown): TypeError {
  const cure = 'Let collateFn make tensors, lists and plain objects';
  return new TypeError(`serveDataset: the batch holds ${what}, which cannot go to the loader. ${cure}.`, { cause });
}

/** The batch again, its tensors on the default device. */
export function unpack(carried: Carried): unknown {
  switch (carried.kind) {
    case 'tensor':
      return tensor(carried.data, { shape: carried.shape, dtype: carried.dtype });
    case 'list':
      return carried.items.map(unpack);
    case 'record':
      return Object.fromEntries(carried.entries.map(([key, value]) => [key, unpack(value)]));
    default:
      return carried.value;
  }
}

function isRecord(x: unknown): x is Record<string, unknown> {
  if (typeof x !== 'object' || x === null) return false;
  const prototype: unknown = Object.getPrototypeOf(x);
  return prototype === Object.prototype || prototype === null;
}
