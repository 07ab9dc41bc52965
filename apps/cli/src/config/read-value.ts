import { z } from 'zod';
import { fieldOf, type FieldName } from './fields.ts';

/** What a flag says, as a file would. Numbers stay text where they are none: the schema refuses them by what they are. */
export function fromFlag(name: FieldName, given: string): unknown {
  const { schema, list } = fieldOf(name);
  const read = (part: string): unknown => {
    const number = Number(part);
    const isText = isTextList(schema) || schema.safeParse(part).success;
    return isText || part.trim() === '' || Number.isNaN(number) ? part : number;
  };
  return list ? given.split(',').map((part) => read(part.trim())) : read(given);
}

/** What a file says, where it says it in another form that can mean but one thing: `hidden: 64`, `dataset: [moons]`, `epochs: "9"`. */
export function fromFile(name: FieldName, given: unknown): unknown {
  const { schema, list } = fieldOf(name);
  if (schema.safeParse(given).success) return given;
  const forms = [given];
  if (Array.isArray(given) && given.length === 1) forms.push(...given, String(given[0]));
  if (typeof given === 'number') forms.push(String(given), [given], [String(given)]);
  // A comma may belong to the name of a column.
  if (typeof given === 'string' && !(isTextList(schema) && given.includes(','))) forms.push(fromFlag(name, given));
  if (list && Array.isArray(given)) forms.push(given.map((part) => (typeof part === 'number' ? String(part) : part)), given.map(Number)); // prettier-ignore
  return forms.find((form) => schema.safeParse(form).success) ?? given;
}

const isTextList = (schema: z.ZodType): boolean =>
  schema instanceof z.ZodArray && schema.element instanceof z.ZodString;
