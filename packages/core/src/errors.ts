// Typed errors: `<op>: <what is wrong, with both values>. <what to do>`. The class says what kind of mistake it was, the
// fields what the message says. `isRushlightError` works across copies of the library.

const marker = Symbol.for('rushlight.error');

/** The base of every error that Rushlight throws by itself. */
export class RushlightError extends Error {
  override readonly name: string = 'RushlightError';
  /** The operation that refused, as the user would call it. */
  readonly op: string;

  constructor(op: string, message: string) {
    super(`${op}: ${message}`);
    this.op = op;
  }

  get [marker](): true {
    return true;
  }
}

/** Shapes, dims or sizes that do not fit. */
export class ShapeError extends RushlightError {
  override readonly name = 'ShapeError';
}

/** A dtype that the operation does not take. */
export class DTypeError extends RushlightError {
  override readonly name = 'DTypeError';
}

/** Tensors on different devices, no device, or one that cannot do what was asked. Of a lost one: DeviceLostError. */
export class DeviceError extends RushlightError {
  override readonly name = 'DeviceError';
}

/** A value out of its range: an index, a target class, an option. */
export class ValueError extends RushlightError {
  override readonly name = 'ValueError';
}

/** Something the gradient engine cannot do: backward twice, a saved value changed in place, a leaf changed in place. */
export class AutogradError extends RushlightError {
  override readonly name = 'AutogradError';
}

export function isRushlightError(error: unknown): error is RushlightError {
  return typeof error === 'object' && error !== null && marker in error;
}

/** A shape as messages show it: `[2, 3]`. */
export function show(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
