// IDX files of the visitor's: what they are, and what is wrong with them.

import { data } from 'rushlight';
import { fewestImages, mostBytes, side, type ImagesFound, type WrongFile } from './file-facts.ts';

const wrong = (why: WrongFile): ImagesFound => ({ kind: 'wrong', why });

/** Looks into a file, gzipped or not. Never throws: a file that cannot be read is a damaged one. */
export async function inspectFile(file: Blob, name: string): Promise<ImagesFound> {
  if (file.size > mostBytes) return wrong({ reason: 'large', bytes: file.size });
  let found: data.IdxArray;
  try {
    found = await data.readIdx(new Uint8Array(await file.arrayBuffer()), { name });
  } catch (error) {
    return wrong({ reason: 'damaged', detail: error instanceof Error ? error.message : String(error) });
  }
  const { shape, data: values } = found;
  const [count = 0, rows = 0, cols = 0] = shape;
  if (!(values instanceof Uint8Array) || (shape.length !== 1 && shape.length !== 3)) {
    return wrong({ reason: 'shape', shape });
  }
  if (shape.length === 3 && (rows !== side || cols !== side)) return wrong({ reason: 'size', rows, cols });
  if (count < fewestImages) return wrong({ reason: 'few', count });
  if (shape.length === 3) return { kind: 'images', count };
  const strange = values.find((label) => label > 9);
  return strange === undefined ? { kind: 'labels', count } : wrong({ reason: 'label', label: strange });
}

/** Images and labels of two files that were looked into before. */
export async function readImages(images: Blob, labels: Blob): Promise<data.LabeledImages> {
  const read = async (file: Blob): Promise<Uint8Array> =>
    Uint8Array.from((await data.readIdx(new Uint8Array(await file.arrayBuffer()))).data);
  return { images: await read(images), labels: await read(labels), rows: side, cols: side };
}
