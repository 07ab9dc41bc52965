import { readFile } from 'node:fs/promises';
import { dirname, extname, isAbsolute, relative, resolve } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import { checkSettings } from './check-settings.ts';
import { isDataSetName, isModelFile } from './choices.ts';
import { ConfigError } from './config-error.ts';
import { fieldNames, fieldOf, type FieldName } from './fields.ts';
import type { Given } from './given.ts';
import { messageOf } from './message-of.ts';
import { fromFile } from './read-value.ts';

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  '.yaml': parseYaml,
  '.yml': parseYaml,
  '.toml': parseToml,
  '.json': JSON.parse,
};

/**
 * The settings in a YAML, TOML or JSON file; its paths are seen from its folder. Throws ConfigError for a file that cannot be read, or
 * is wrong.
 */
export async function readConfig(path: string): Promise<Given> {
  const parse = parsers[extname(path).toLowerCase()];
  if (!parse) throw new ConfigError(`${path}: a configuration ends in ${Object.keys(parsers).join(', ')}.`);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ConfigError(`${path} cannot be read (${messageOf(cause)}). Pass the file of a configuration.`);
  });
  let found: unknown;
  try {
    found = parse(text);
  } catch (cause) {
    throw new ConfigError(`${path} is damaged: ${messageOf(cause).trim()}`);
  }
  return checkSettings(asMeant(found ?? {}, dirname(path)), { source: path, nameOf: (name) => name });
}

/** With values in the form that their fields have, and paths as the shell sees them. */
function asMeant(found: unknown, folder: string): unknown {
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return found;
  const read = ([said, value]: [string, unknown]): [string, unknown] => {
    const name = fieldNames.find((known) => known === said);
    if (!name || value === undefined || value === null) return [said, value];
    const meant = fromFile(name, value);
    if (typeof meant !== 'string' || meant === '' || !isPath(name, meant)) return [said, meant];
    // Without its folder, a model's file might look like a name.
    return [said, name === 'model' ? resolve(folder, meant) : fromShell(folder, meant)];
  };
  return Object.fromEntries(Object.entries(found).map(read));
}

function isPath(name: FieldName, value: string): boolean {
  if (name === 'dataset') return !isDataSetName(value);
  return name === 'model' ? isModelFile(value) : fieldOf(name).isPath === true;
}

/** A path that is seen from a folder: short where it leads down from the shell's. */
function fromShell(folder: string, path: string): string {
  const whole = resolve(folder, path);
  const short = relative(process.cwd(), whole);
  return short.startsWith('..') || isAbsolute(short) ? whole : short || '.';
}
