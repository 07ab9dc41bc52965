import { expect, test } from 'vitest';
import { call, callCode, f32, f32x4, f64, FunctionBuilder, i32, i32x4, i64, memory as bulk, ModuleBuilder, v128, type Value, type ValueType } from './index.ts'; // prettier-ignore

const memory = new WebAssembly.Memory({ initial: 1, maximum: 4 });
const f = new Float32Array(memory.buffer);

function instantiate(
  module: ModuleBuilder,
  host: Record<string, WebAssembly.ImportValue> = {},
): Record<string, (...args: number[]) => number> {
  const bytes = module.finish({ shared: false, maximum: 4 });
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory, ...host } }).exports as never;
}

/** What a function of no arguments gives. */
function evaluate(write: (fn: FunctionBuilder) => Value, type: ValueType): number {
  const module = new ModuleBuilder();
  const fn = module.add(new FunctionBuilder([], type), 'run');
  fn.return(write(fn));
  return instantiate(module).run?.() as number;
}

test('numbers of every size', () => {
  for (const x of [0, 1, -1, 63, 64, -64, -65, 8191, 2 ** 31 - 1, -(2 ** 31)])
    expect(evaluate(() => i32.const(x), 'i32')).toBe(x);
  for (const x of [0n, -1n, 2n ** 62n, -(2n ** 63n)]) expect(evaluate(() => i64.const(x), 'i64')).toBe(x);
  for (const x of [0.5, -0, NaN, Infinity]) {
    expect(evaluate(() => f32.const(x), 'f32')).toBe(x);
    expect(evaluate(() => f64.const(x), 'f64')).toBe(x);
  }
});

test('a loop sums what memory holds', () => {
  const module = new ModuleBuilder();
  const fn = module.add(new FunctionBuilder(['i32', 'i32'], 'f32'), 'sum');
  const [from, count] = [fn.param('i32', 0), fn.param('i32', 1)];
  const total = fn.local('f32');
  fn.for(count, (k) => fn.set(total, f32.add(total, f32.load(i32.add(from, i32.shl(k, i32.const(2))), 4))));
  fn.return(total);
  f.set([100, 1, 2, 3, 4]);
  const { sum } = instantiate(module);
  expect(sum?.(0, 4)).toBe(10);
  expect(sum?.(0, 0)).toBe(0);
  expect(sum?.(0, -3)).toBe(0);
});

test('vectors, lanes, shuffles and masks', () => {
  const ramp = i32x4.const(1, 2, 3, 4);
  expect(evaluate(() => i32x4.extractLane(i32x4.shuffle(ramp, ramp, [3, 2, 1, 4]), 0), 'i32')).toBe(4);
  const chosen = v128.bitselect(f32x4.const(7), f32x4.const(8), i32x4.gtS(ramp, i32x4.const(2, 2, 2, 2)));
  expect(evaluate(() => f32x4.extractLane(chosen, 1), 'f32')).toBe(8);
  expect(evaluate(() => f32x4.extractLane(chosen, 2), 'f32')).toBe(7);
  expect(evaluate(() => f32x4.extractLane(f32x4.replaceLane(f32x4.const(1), 2, f32.const(5)), 2), 'f32')).toBe(5);
});

test('a statement may go to an outer block while an inner one is written', () => {
  const module = new ModuleBuilder();
  const fn = module.add(new FunctionBuilder(['i32'], 'i32'), 'run');
  const outer = fn.here;
  const total = fn.local('i32');
  fn.for(fn.param('i32', 0), () => {
    const hoisted = fn.into(outer, () => fn.name(i32.const(21)));
    fn.add(total, hoisted);
  });
  fn.return(total);
  expect(instantiate(module).run?.(2)).toBe(42);
});

test('branches, conditions, calls, imports and bulk memory', () => {
  const module = new ModuleBuilder();
  const twice = module.import('twice', ['f64'], 'f64');
  const helper = module.add(new FunctionBuilder(['i32'], 'i32'));
  helper.return(i32.add(helper.param('i32', 0), i32.const(1)));
  const clear = module.add(new FunctionBuilder(['i32']));
  clear.do(bulk.fill(clear.param('i32', 0), i32.const(0), i32.const(8)));
  const fn = module.add(new FunctionBuilder(['i32'], 'f64'), 'run');
  const [x, y] = [fn.param('i32', 0), fn.local('i32')];
  fn.scope((exit) => {
    fn.branch(exit, i32.gtS(x, i32.const(10)));
    fn.if(i32.eqz(x), () => fn.set(y, i32.const(5)), () => fn.set(y, call('i32', helper, x))); // prettier-ignore
  });
  fn.do(callCode(clear, [i32.const(64)]));
  fn.do(bulk.copy(i32.const(64), i32.const(0), i32.const(4)));
  fn.return(call('f64', twice, f64.convertI32S(y)));
  f.set([3], 0);
  f.set([9, 9], 16);
  const { run } = instantiate(module, { twice: (z: number) => 2 * z });
  expect([run?.(0), run?.(3), run?.(11)]).toEqual([10, 8, 0]);
  expect([...f.subarray(16, 18)]).toEqual([3, 0]);
});

test('wrong types are refused', () => {
  const fn = new FunctionBuilder(['i32'], 'i32');
  expect(() => fn.param('f32', 0)).toThrow('parameter 0 is i32, not f32');
  expect(() => callCode(fn, [f32.const(1)])).toThrow('argument 0 is f32, the function takes i32');
  expect(() => call('f32', fn, i32.const(1))).toThrow('the function gives i32, not f32');
});
