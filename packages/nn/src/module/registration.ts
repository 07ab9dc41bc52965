import { isModule } from './members.ts';
import { ModuleError } from './module-error.ts';

/** Refuses names that a path or a state dict could not contain. */
export function checkName(op: string, name: string): void {
  if (name !== '' && name !== '__proto__' && !name.includes('.')) return;
  const why =
    name === ''
      ? 'it is empty'
      : name === '__proto__'
        ? 'objects have their prototype under it'
        : 'a path is split at its dots';
  throw new ModuleError(op, `"${name}" cannot be a name: ${why}. Choose another name.`);
}

/** Refuses what is no instance of a module: a class, a layer forgotten. */
export function checkModule(op: string, name: string, value: unknown): void {
  if (isModule(value)) return;
  const what = typeof value === 'function' ? `the function ${value.name || '(anonymous)'}` : String(value);
  throw new ModuleError(op, `"${name}" is ${what}. It must be an instance of a Module.`);
}
