// Tables of offsets along the depth of convolutions, on the device. They hang on the geometry alone, so that all programs of a device
// share them; those that were not used for longest go when they are too many.

import { offsetTable, ramp } from '@rushlight/core/kernel';
import type { GpuBuffer } from '../gpu-buffer.ts';
import type { Machine } from '../machine.ts';
import type { Axis } from './product.ts';

const mostBytes = 2 ** 25;

/** The walks whose tables lie in one buffer, one behind the other. */
export type Walks = readonly (readonly Axis[])[];

export const keyOfWalks = (walks: Walks): string =>
  walks.map((axes) => axes.map(({ size, step }) => `${size}*${step}`).join(' ')).join(',');

export class DepthTables {
  private readonly machine: Machine;
  private readonly tables = new Map<string, GpuBuffer>();
  private bytes = 0;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  get(key: string, walks: Walks): GpuBuffer {
    const { machine, tables } = this;
    const known = tables.get(key);
    if (known) {
      tables.delete(key);
      tables.set(key, known); // the last to go
      return known;
    }
    const parts = walks.map((axes) => offsetTable(axes.map(({ size, step }) => ramp(size, step))));
    const numbers = new Int32Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      numbers.set(part, at);
      at += part.length;
    }
    for (const [oldest, table] of tables) {
      if (this.bytes + numbers.byteLength <= mostBytes) break;
      tables.delete(oldest);
      this.bytes -= table.bytes;
      machine.drop(table);
    }
    const table = machine.keep(numbers);
    this.bytes += table.bytes;
    tables.set(key, table);
    return table;
  }
}

const ofMachines = new WeakMap<Machine, DepthTables>();

export function depthTables(machine: Machine): DepthTables {
  let tables = ofMachines.get(machine);
  if (!tables) ofMachines.set(machine, (tables = new DepthTables(machine)));
  return tables;
}
