// torch.nn.init under its names. Every function changes its tensor in place and returns it.

export { calculateGain, type Nonlinearity } from './calculate-gain.ts';
export type { FanMode } from './fans.ts';
export { constant_, normal_, ones_, uniform_, zeros_, type NormalOptions, type UniformOptions } from './fill.ts';
export { orthogonal_ } from './orthogonal.ts';
export { dirac_, eye_ } from './pattern.ts';
export {
  kaimingNormal_,
  kaimingUniform_,
  xavierNormal_,
  xavierUniform_,
  type KaimingOptions,
  type XavierOptions,
} from './scaled.ts';
export { sparse_ } from './sparse.ts';
export { truncNormal_, type TruncNormalOptions } from './trunc-normal.ts';
