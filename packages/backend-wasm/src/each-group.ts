import { i32, type FunctionBuilder, type I32, type Local } from './assembler/index.ts';
import type { Group, Scope } from './scope.ts';

/** The loop along the scope's lane from `counter` to `end`: `unroll` groups at a time, then one by one. */
export function eachGroup(
  fn: FunctionBuilder,
  scope: Scope,
  counter: Local<'i32'>,
  end: I32,
  unroll: number,
  body: (inner: Scope, groups: readonly Group[]) => void,
): void {
  const { lane } = scope;
  if (unroll > 1) {
    const many = Array.from({ length: unroll }, (_, k): Group => ({ offset: 4 * k }));
    const last = fn.name(i32.sub(end, i32.const(4 * unroll - 1)));
    fn.while(counter, last, 4 * unroll, () => body(scope.enter(lane, counter), many));
  }
  fn.while(counter, end, 4, () => {
    const left = i32.sub(end, counter);
    const valid = fn.name(i32.select(i32.ltS(left, i32.const(4)), left, i32.const(4)));
    body(scope.enter(lane, counter), [{ offset: 0, valid }]);
  });
}
