import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** One Node of each major version but this one, by version: those that RUSHLIGHT_NODES lists, those on PATH, and the system's. */
export function otherNodes(): Map<string, string> {
  const listed = (process.env['RUSHLIGHT_NODES'] ?? '').split(delimiter);
  const onPath = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin'].map((folder) => join(folder, 'node'));
  const nodes = new Map<string, string>();
  for (const path of [...listed, ...onPath].filter((file) => file !== '' && existsSync(file))) {
    const { stdout, status } = spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' });
    const major = stdout?.split('.')[0] ?? '';
    if (status === 0 && major !== process.versions.node.split('.')[0] && !nodes.has(major)) nodes.set(major, path);
  }
  return nodes;
}
