// Errors as they go from a worker to the loader: of the same class, with the same message, and with the stack of where they arose.

import {
  AutogradError,
  DeviceError,
  DTypeError,
  isRushlightError,
  RushlightError,
  ShapeError,
  ValueError,
} from '@rushlight/core';
import { FormatError } from '../format-error.ts';
import { SampleError } from '../sample-error.ts';

/** An error in what can be posted. */
export interface CarriedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Of an error of this library. */
  readonly op?: string;
  /** Of a SampleError. */
  readonly indices?: readonly number[];
  readonly cause?: CarriedError;
}

/** Packs what was thrown. */
export function packError(error: unknown): CarriedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined };
  const { name, message, stack, cause } = error;
  const carried = { name, message, stack, ...(cause !== undefined && { cause: packError(cause) }) };
  if (error instanceof SampleError) return { ...carried, indices: error.indices };
  return isRushlightError(error) ? { ...carried, op: error.op } : carried;
}

const classes: Readonly<Record<string, new (op: string, message: string) => RushlightError>> = {
  AutogradError,
  DeviceError,
  DTypeError,
  FormatError,
  ShapeError,
  ValueError,
};

const builtIn: Readonly<Record<string, new (message: string) => Error>> = { RangeError, SyntaxError, TypeError };

/** The error again, as of the loader's data set; its stack says which worker it comes from. */
export function unpackError(carried: CarriedError, dataset: object, worker: number): Error {
  const error = remade(carried, dataset, worker);
  const { name, message, stack = `${name}: ${message}` } = carried;
  error.stack = `${stack}\n    in worker ${worker} of a DataLoader`;
  return error;
}

function remade(carried: CarriedError, dataset: object, worker: number): Error {
  const { name, message, op, indices } = carried;
  const cause = carried.cause && unpackError(carried.cause, dataset, worker);
  if (indices) {
    const error = new SampleError(dataset, indices, cause ?? message);
    error.message = message; // it may name a data set within this one
    return error;
  }
  if (op !== undefined) {
    const prefix = `${op}: `;
    const rest = message.startsWith(prefix) ? message.slice(prefix.length) : message;
    return new (classes[name] ?? RushlightError)(op, rest);
  }
  const error = new (builtIn[name] ?? Error)(message);
  error.name = name;
  if (cause) error.cause = cause;
  return error;
}
