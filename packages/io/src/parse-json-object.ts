// JSON.parse takes the last of several keys of one name without a word. In a file of tensors that would be a tensor lost.

/** What is wrong with a text that should be a JSON object. */
export class JsonFault extends Error {}

/** Parses an object. Throws JsonFault for what is no JSON, no object, or has a key twice in one object. */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new JsonFault(`is no JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  if (!isObject(parsed)) throw new JsonFault('is JSON, but no object');
  const twice = findDuplicateKey(text);
  if (twice !== undefined) throw new JsonFault(`has the key ${JSON.stringify(twice)} twice`);
  return parsed;
}

/** Whether a value of JSON is an object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A key that some object of a valid JSON text has twice. */
function findDuplicateKey(text: string): string | undefined {
  // The keys of the objects around the current place; undefined for arrays.
  const around: (Set<string> | undefined)[] = [];
  let isKey = false;
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (c === '{' || c === '[') around.push(c === '{' ? new Set() : undefined);
    else if (c === '}' || c === ']') around.pop();
    if (c === '{' || c === ',') isKey = around.at(-1) !== undefined;
    if (c !== '"') continue;
    const end = endOfString(text, at);
    const keys = around.at(-1);
    if (isKey && keys) {
      const key = JSON.parse(text.slice(at, end)) as string;
      if (keys.has(key)) return key;
      keys.add(key);
    }
    isKey = false;
    at = end - 1;
  }
  return undefined;
}

/** Where the string that begins at a quotation mark ends: behind the next one that no backslash escapes. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
