// Convolution as the trilinear form Σ x·w·y of ConvProgram: given two of its three sides it computes the third. Its
// derivatives are the same form seen from the other sides, so one function and its own gradient are all there is:
// convolution, transposed convolution, and their gradients of every order.

import { needsGraph, recordNode } from '../autograd/state.ts';
import { dispatch } from '../dispatch.ts';
import { input, program, sizeOf, type ConvProgram, type Geometry, type OperandType } from '../kernel/index.ts';
import { makeTensor } from '../tensor-factory.ts';
import type { Tensor } from '../tensor.ts';
import { lowerConv } from './lower-conv.ts';
import { PlanCache, type PlanKey } from './plan-cache.ts';
import { operandType, programMemo } from './program-memo.ts';

/** x: [N, G·Ci, …i], w: [G·Co, Ci, …k], y: [N, G·Co, …o]. */
export type Side = 'x' | 'w' | 'y';

export interface TrilinearForm {
  readonly groups: number;
  readonly geometry: Geometry;
  readonly shapes: Readonly<Record<Side, readonly number[]>>;
}

const sides = ['x', 'w', 'y'] as const;
const directions = { y: 'forward', x: 'inputGradient', w: 'weightGradient' } as const;

type Variant = [direction: ConvProgram['direction']];

/** With three inputs the third is added to the sum. */
const convProgram = programMemo<ConvProgram, Variant>((operands, direction) => {
  const [a, b, ...rest] = operands as [OperandType, OperandType, ...OperandType[]];
  const extras = rest.slice(0, -1);
  const sum = input(0, a.dtype);
  return program<ConvProgram>({
    kind: 'conv',
    direction,
    spatial: a.strides.length - 3,
    inputs: [a, b, ...extras],
    scalars: [],
    epilogue: extras.length > 0 ? sum.add(input(1, a.dtype)) : sum,
    output: rest[extras.length] as OperandType,
  });
});

/** Strides along the kernel's dims: channels are split into groups, which come first in a weight. */
function splitStrides(side: Side, strides: readonly number[], perGroup: number): number[] {
  const [first = 0, second = 0, ...spatial] = strides;
  return side === 'w' ? [first * perGroup, first, second, ...spatial] : [first, second * perGroup, second, ...spatial];
}

interface Given {
  readonly side: Side;
  readonly tensor: Tensor;
}

/** How a convolution runs over operands of one geometry. */
interface ConvolutionPlan {
  readonly program: ConvProgram;
  readonly sizes: readonly number[];
  readonly strides: readonly (readonly number[])[];
  readonly geometry: Geometry;
}

const plans = new PlanCache<ConvolutionPlan>(64);

function planConvolution(
  { groups, geometry, shapes }: TrilinearForm,
  wanted: Side,
  given: readonly Given[],
  out: Tensor,
  bias: Tensor | undefined,
): ConvolutionPlan {
  const [coPerGroup = 0, ci = 0] = [(shapes.w[0] ?? 0) / groups, shapes.w[1]];
  const channels = { x: ci, w: coPerGroup, y: coPerGroup };
  const split = (side: Side, strides: readonly number[]): number[] => splitStrides(side, strides, channels[side]);
  const strides = [
    ...given.map(({ side, tensor }) => split(side, tensor.strides)),
    ...(bias ? [split(wanted, [0, bias.strides[0] ?? 0, ...geometry.stride.map(() => 0)])] : []),
    split(wanted, out.strides),
  ];
  const types = strides.map((own) => operandType(out.dtype, own));
  return {
    program: convProgram(types, directions[wanted]),
    sizes: [shapes.x[0] ?? 0, groups, ci, coPerGroup, ...sides.flatMap((side) => shapes[side].slice(2))],
    strides,
    geometry: { stride: [...geometry.stride], padding: [...geometry.padding], dilation: [...geometry.dilation] },
  };
}

/**
 * The side of the form that `sidesGiven` leaves out, computed from the other two; `bias`, one number per channel, is
 * added to it in the same kernel.
 */
export function convolution(
  op: string,
  form: TrilinearForm,
  sidesGiven: Partial<Readonly<Record<Side, Tensor>>>,
  bias?: Tensor,
): Tensor {
  const { groups, geometry, shapes } = form;
  const given = sides.flatMap((side): Given[] => {
    const tensor = sidesGiven[side];
    return tensor ? [{ side, tensor }] : [];
  });
  const wanted = sides.find((side) => !sidesGiven[side]);
  const [head] = given;
  if (!wanted || !head) throw new TypeError(`${op}: two sides make the third.`);
  const { device, dtype } = head.tensor;
  const out = makeTensor(device, dtype, shapes[wanted]);
  if (sizeOf(out.shape) > 0) {
    const { stride, padding, dilation } = geometry;
    const key: PlanKey[number][] = [wanted, dtype, groups, stride, padding, dilation, shapes.x, shapes.w, shapes.y];
    for (const { tensor } of given) key.push(tensor.strides);
    if (bias) key.push(bias.strides);
    const plan = plans.find(key) ?? plans.add(key, planConvolution(form, wanted, given, out, bias));
    const tensors = [...given.map(({ tensor }) => tensor), ...(bias ? [bias] : []), out];
    const operands = tensors.map(({ storage, offset }, k) => ({ storage, offset, strides: plan.strides[k] ?? [] }));
    const { program, sizes } = plan;
    dispatch({ device, program, sizes, operands, scalars: [], geometry: plan.geometry, lower: lowerConv });
  }
  const inputs = [...given.map(({ tensor }) => tensor), ...(bias ? [bias] : [])];
  if (needsGraph(inputs)) {
    const saved = given.map(({ tensor }) => tensor);
    recordNode(op, inputs, [out], ([grad], context) => {
      if (!grad) return [];
      const other = { [wanted]: grad };
      return [
        ...given.map((_, k) => {
          const rest = given[1 - k];
          if (!rest || !context.needs(k)) return undefined;
          return convolution(op, form, { ...other, [rest.side]: context.saved(1 - k) });
        }),
        context.needs(2) ? grad.sum(out.shape.flatMap((_, d) => (d === 1 ? [] : [d]))) : undefined,
      ];
    }, { saved }); // prettier-ignore
  }
  return out;
}
