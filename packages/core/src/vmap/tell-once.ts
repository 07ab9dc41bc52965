// What takes longer than one would expect of vmap is told, once.

declare const console: { warn(message: string): void };

const told = new Set<string>();

/** Warns about something that is named by `topic`, the first time that it is met. */
export function tellOnce(topic: string, message: string): void {
  if (told.has(topic)) return;
  told.add(topic);
  console.warn(`vmap: ${message}`);
}
