declare const console: { warn(message: string): void };

/** Shows the first message that it is given, and no other. */
export function warnOnce(): (message: () => string) => void {
  let hasWarned = false;
  return (message) => {
    if (hasWarned) return;
    hasWarned = true;
    console.warn(message());
  };
}
