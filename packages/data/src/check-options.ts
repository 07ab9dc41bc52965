// The checks that several of this package's classes make of what they are given.

import { ValueError } from '@rushlight/core';

export function checkCount(op: string, name: string, value: number, reason = ''): void {
  if (!Number.isSafeInteger(value) || value <= 0) {
    throw new ValueError(op, `${name} should be a positive integer, but is ${value}${reason}. Pass an integer >= 1.`);
  }
}

/** As `checkCount`, of what may be zero. */
export function checkWhole(op: string, name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new ValueError(op, `${name} should be a whole number, but is ${value}. Pass an integer >= 0.`);
  }
}

export function checkIndex(op: string, index: number, length: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= length) {
    const range = length > 0 ? `0 to ${length - 1}` : 'none, for it is empty';
    throw new ValueError(op, `index ${index} is out of range: the data set has ${range}. Check the sampler.`);
  }
}
