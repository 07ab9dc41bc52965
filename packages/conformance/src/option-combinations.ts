// Which public names take options, read from the sources, and the distinct combinations of them that the fixtures hold.

import { readdirSync, readFileSync } from 'node:fs';

const packages = new URL('../../', import.meta.url);

/** Paths below `folder`, a folder of `packages/`, that end in `ending`. */
function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(new URL(`${folder}/`, packages), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`);
}

const read = (file: string): string => readFileSync(new URL(file, packages), 'utf8');

/** A top-level declaration, and what of it says whether it takes options. */
interface Declaration {
  readonly name: string;
  /** Below `packages/`. */
  readonly file: string;
  /** The parameters of a function or constructor, all of any other declaration. */
  readonly signature: string;
  /** What a constant stands for or is made by, or what a class without a constructor extends. */
  readonly from?: string;
}

const declared = /^(?:export )?(?:default )?(?:abstract )?(?:async )?(function\*?|const|class|interface|type) (\w+)/gm;
const comments = /^ *\/\*\*[^]*?\*\/$|^ *\/\/.*$|\/\*.*?\*\/ /gm;
/** What makes the element-wise operations: it would take options, and each operation says which it has. */
const makers: ReadonlySet<string> = new Set(['unary', 'binary', 'ternary']);

/** From the first opening parenthesis to the one that closes it. */
function parenthesised(text: string): string {
  const start = text.indexOf('(');
  let depth = 0;
  for (let i = start; i >= 0 && i < text.length; i++) {
    if (text[i] === '(') depth++;
    if (text[i] === ')' && --depth === 0) return text.slice(start, i + 1);
  }
  return '';
}

function parts(kind: string, statement: string): Pick<Declaration, 'signature' | 'from'> {
  const named = (from: string | undefined): { from?: string } =>
    from === undefined || makers.has(from) ? {} : { from };
  if (kind === 'const') {
    // A declared type, the last name of `elementwise.mul`, or the function called.
    const [, type, name] = /const \w+(?:: (\w+))?[^=]*=\s+(?:\w+\.)?(\w+)/.exec(statement) ?? [];
    return { signature: statement, ...named(type ?? name) };
  }
  if (kind === 'class') {
    const constructed = /^ +(?:protected )?constructor\([^]*/m.exec(statement)?.[0];
    if (constructed !== undefined) return { signature: parenthesised(constructed) };
    return { signature: '', ...named(/extends (\w+)/.exec(statement)?.[1]) };
  }
  return { signature: kind.startsWith('function') ? parenthesised(statement) : statement };
}

/** The top-level declarations in the sources of `folders`, by name. */
export function declarations(folders: readonly string[]): Map<string, Declaration[]> {
  const found = new Map<string, Declaration[]>();
  for (const file of folders.flatMap((folder) => filesBelow(`${folder}/src`, '.ts'))) {
    if (file.endsWith('.test.ts')) continue;
    const text = read(file).replaceAll(comments, '');
    const starts = [...text.matchAll(declared)];
    for (const [i, { index, 1: kind = '', 2: name = '' }] of starts.entries()) {
      // What gives steps to another function is nothing to call.
      if (kind === 'function*') continue;
      const statement = text.slice(index, starts[i + 1]?.index);
      found.set(name, [...(found.get(name) ?? []), { name, file, ...parts(kind, statement) }]);
    }
  }
  return found;
}

const mentionsOptions = /\boptions\b|Options\b/;

/** Whether a declaration, or what it is made from, mentions options. */
export function takesOptions(
  { name, file, signature, from }: Declaration,
  all: ReadonlyMap<string, readonly Declaration[]>,
  steps = 5,
): boolean {
  if (mentionsOptions.test(signature)) return true;
  if (from === undefined || from === name || steps === 0) return false;
  const makings = all.get(from) ?? [];
  const near = makings.filter((other) => other.file === file);
  return (near.length > 0 ? near : makings).some((other) => takesOptions(other, all, steps - 1));
}

type Json = null | number | boolean | string | readonly Json[] | { readonly [key: string]: Json };

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTensor = (value: object): boolean => 'data' in value && 'shape' in value;

/** An argument as a combination counts it: of tensors only that there is one. */
function brief(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(brief);
  if (!isObject(value)) return value;
  if (isTensor(value)) return 'tensor';
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, brief(value[key] ?? null)]));
}

/** Public names of what the suites wrap for the fixtures under other ones. */
const aliases: Readonly<Record<string, string>> = {
  'signed.torchSvd': 'svd',
  'signed.svdLowrank': 'svdLowrank',
  'signed.pcaLowrank': 'pcaLowrank',
  'wrapped.clipGradNorm': 'clipGradNorm_',
};

/** `solve` of `linalg` is another function than that of torch; elsewhere a name says all. */
function publicName(called: string): string {
  return aliases[called] ?? called.replace(/^signed\./, 'linalg.').replace(/^(?!linalg\.)\w+\./, '');
}

/** Fixtures of one class, whose cases do not name it. */
const classOf: Readonly<Record<string, string>> = {
  'conformance/fixtures/adaptive-loss.json': 'AdaptiveLogSoftmaxWithLoss',
  'conformance/fixtures/optim-lbfgs.json': 'LBFGS',
};

const callers = ['op', 'module', 'scheduler', 'optimizer', 'apply'];

/** What the fixtures call. */
interface Calls {
  /** Cases in all. */
  readonly cases: number;
  /** By name: options together with all arguments that are no tensors. */
  readonly combinations: ReadonlyMap<string, ReadonlySet<string>>;
  /** The names that are called with options somewhere. */
  readonly withOptions: ReadonlySet<string>;
}

/** Counts the fixtures below `folders`, folders of `packages/`. */
export function readCalls(folders: readonly string[]): Calls {
  const combinations = new Map<string, Set<string>>();
  const withOptions = new Set<string>();
  let cases = 0;

  const count = (name: string, call: { readonly [key: string]: Json }): void => {
    const options = isObject(call['options']) ? call['options'] : {};
    if (Object.keys(options).length > 0) withOptions.add(name);
    const key = JSON.stringify(brief([call['args'] ?? call['arguments'] ?? [], options]));
    combinations.set(name, (combinations.get(name) ?? new Set()).add(key));
  };
  const walk = (value: Json, file: string): void => {
    if (Array.isArray(value)) {
      if (typeof value[0] !== 'number') for (const part of value as readonly Json[]) walk(part, file);
      return;
    }
    if (!isObject(value) || isTensor(value)) return;
    const called = callers.map((key) => value[key]).find((name) => typeof name === 'string');
    const name = typeof called === 'string' ? publicName(called) : 'name' in value ? classOf[file] : undefined;
    if (name !== undefined) count(name, value);
    for (const [key, part] of Object.entries(value)) if (key !== 'options') walk(part, file);
  };

  for (const file of folders.flatMap((folder) => filesBelow(`${folder}/fixtures`, '.json'))) {
    const fixture = JSON.parse(read(file)) as Json;
    const list = isObject(fixture) ? fixture['cases'] : fixture;
    if (Array.isArray(list)) cases += list.length;
    walk(fixture, file);
  }
  return { cases, combinations, withOptions };
}
