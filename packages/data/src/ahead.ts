/**
 * Gives what `source` gives, in its order, and asks for up to `count` results before they are wanted. A source whose `next`
 * may be called again before it has answered works on them at the same time. What fails does so in its turn. When the loop
 * is left, what is under way is waited for, and then the source is closed.
 */
export async function* ahead<Item>(source: AsyncIterator<Item>, count: number): AsyncGenerator<Item, void, undefined> {
  const underWay: Promise<IteratorResult<Item>>[] = [];
  const askFor = (most: number) => {
    while (underWay.length < most) {
      const result = source.next();
      // It is awaited in its turn; until then a failure is nobody's.
      result.catch(() => undefined);
      underWay.push(result);
    }
  };
  try {
    for (;;) {
      askFor(Math.max(1, count));
      const result = await underWay.shift();
      if (!result || result.done) return;
      askFor(count);
      yield result.value;
    }
  } finally {
    await Promise.allSettled(underWay);
    await source.return?.();
  }
}
