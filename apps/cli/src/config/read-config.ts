import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import { checkSettings } from './check-settings.ts';
import { ConfigError } from './config-error.ts';
import type { Settings } from './fields.ts';

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  '.yaml': parseYaml,
  '.yml': parseYaml,
  '.toml': parseToml,
  '.json': JSON.parse,
};

/** The settings in a YAML, TOML or JSON file. Throws ConfigError for a file that cannot be read, or is wrong. */
export async function readConfig(path: string): Promise<Settings> {
  const parse = parsers[extname(path).toLowerCase()];
  if (!parse) throw new ConfigError(`${path}: a configuration ends in ${Object.keys(parsers).join(', ')}.`);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ConfigError(`${path} cannot be read (${messageOf(cause)}).`);
  });
  let found: unknown;
  try {
    found = parse(text);
  } catch (cause) {
    throw new ConfigError(`${path} is damaged: ${messageOf(cause).trim()}`);
  }
  return checkSettings(found ?? {}, path);
}

export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
