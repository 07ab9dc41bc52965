import { autocasting, DTypeError, isTensor, ShapeError, show, ValueError, type Tensor } from '@rushlight/core';

export interface HiddenOptions<Hidden> {
  /** The state to start from. Default zeros. */
  readonly hx?: Hidden | null | undefined;
}

/** What a recurrent layer is given to start from: the hidden state, for LSTM also the cell. */
export type GivenStates = readonly (Tensor | undefined)[] | null | undefined;

/** The states that are given, which must have these shapes, or zeros. */
export function startStates(
  layer: string,
  x: Tensor,
  given: GivenStates,
  shapes: readonly (readonly number[])[],
): Tensor[] {
  return shapes.map((shape, k) => {
    if (!given) return x.zeros(shape);
    const [state, name] = [given[k], k === 0 ? 'h0' : 'c0'];
    if (!isTensor(state)) {
      const right = shapes.length === 1 ? 'a tensor' : 'two tensors: { hx: [h0, c0] }';
      throw new ValueError(layer, `hx is ${String(state)}. It must be ${right}.`);
    }
    if (show(state.shape) !== show(shape))
      throw new ShapeError(layer, `${name} has shape ${show(state.shape)}. It must be ${show(shape)}.`);
    // Under autocast the layer converts both.
    if (state.dtype === x.dtype || autocasting()) return state;
    throw new DTypeError(
      layer,
      `${name} is ${state.dtype}, the input ${x.dtype}. Convert one with \`.to('${x.dtype}')\`.`,
    );
  });
}
