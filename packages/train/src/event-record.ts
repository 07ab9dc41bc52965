// TensorBoard's events: protocol buffers, each in a record of its size, a checksum of the size, the bytes, a checksum of the bytes.
// https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto

import { PbfWriter } from 'pbf';
import { crc32c } from './crc32c.ts';

/** A value under a name. */
type SummaryValue = { readonly tag: string } & ({ readonly scalar: number } | { readonly text: string });

export interface Event {
  /** When, in seconds since 1970. */
  readonly wallTime: number;
  readonly step?: number;
  readonly content:
    | { readonly fileVersion: string }
    | { readonly values: readonly SummaryValue[] }
    | { readonly isStart: true };
}

/** START of SessionLog.SessionStatus. */
const start = 1;

/** DT_STRING of tensorflow.DataType. */
const stringType = 7;

/** Not by pbf's writeStringField, whose UTF-8 is wrong from U+20000 on (5.1.2). */
const writeText = (field: number, text: string, pbf: PbfWriter): void =>
  pbf.writeBytesField(field, new TextEncoder().encode(text));

function writeTextTensor(text: string, pbf: PbfWriter): void {
  pbf.writeVarintField(1, stringType);
  pbf.writeMessage(2, (size, shape) => shape.writeMessage(2, (n, dim) => dim.writeVarintField(1, n), size), 1);
  writeText(8, text, pbf);
}

function writeMetadata(plugin: string, pbf: PbfWriter): void {
  pbf.writeMessage(1, (name, data) => writeText(1, name, data), plugin);
}

function writeValue(value: SummaryValue, pbf: PbfWriter): void {
  writeText(1, value.tag, pbf);
  if ('scalar' in value) pbf.writeFloatField(2, value.scalar);
  else {
    pbf.writeMessage(8, writeTextTensor, value.text);
    pbf.writeMessage(9, writeMetadata, 'text');
  }
}

function writeSummary(values: readonly SummaryValue[], pbf: PbfWriter): void {
  for (const value of values) pbf.writeMessage(1, writeValue, value);
}

function encodeEvent({ wallTime, step = 0, content }: Event): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeDoubleField(1, wallTime);
  if (step !== 0) pbf.writeVarintField(2, step);
  if ('fileVersion' in content) writeText(3, content.fileVersion, pbf);
  else if ('values' in content) pbf.writeMessage(5, writeSummary, content.values);
  else pbf.writeMessage(7, (status, log) => log.writeVarintField(1, status), start);
  return pbf.finish();
}

/** Checksums of data that hold checksums are weak, so they are rotated and shifted. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** The record of an event. */
export function eventRecord(event: Event): Uint8Array<ArrayBuffer> {
  const data = encodeEvent(event);
  const record = new Uint8Array(12 + data.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return record;
}
