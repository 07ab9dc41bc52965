// How PyTorch prints modules: one line, or what it holds indented by two.

import { members } from './members.ts';
import type { Module } from './module.ts';

const indent = (text: string): string => text.replaceAll('\n', '\n  ');

export function printModule(module: Module): string {
  const name = module.constructor.name;
  const extra = module.extraRepr();
  const inside = module[members]().children.map(([key, child]) => `(${key}): ${indent(printModule(child))}`);
  if (inside.length === 0 && !extra.includes('\n')) return `${name}(${extra})`;
  const lines = [...(extra === '' ? [] : extra.split('\n')), ...inside];
  return `${name}(\n  ${lines.join('\n  ')}\n)`;
}

/** `inFeatures=3, bias=true`: options as `extraRepr` shows them. */
export function reprOptions(options: Readonly<Record<string, unknown>>): string {
  return Object.entries(options)
    .map(([key, value]) => `${key}=${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}`)
    .join(', ');
}
