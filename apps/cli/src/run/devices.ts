// `rushlight devices`: what could compute here.

import { backendNames, useBackend } from 'rushlight';
import { messageOf } from '../config/message-of.ts';

/** A line for each backend: what it runs with, or why it does not. */
export async function describeDevices(): Promise<string[]> {
  const rows: [name: string, text: string][] = [];
  for (const name of backendNames.filter((known) => known !== 'auto')) {
    try {
      const device = name === 'wasm' ? await useBackend(name, { revectorize: true }) : await useBackend(name);
      rows.push([name, device.description || 'plain JavaScript']);
      device.dispose();
    } catch (error) {
      rows.push([name, `does not run here: ${messageOf(error)}`]);
    }
  }
  const auto = await useBackend('auto');
  rows.push(['auto', `takes ${auto.name}`]);
  auto.dispose();
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`);
}
