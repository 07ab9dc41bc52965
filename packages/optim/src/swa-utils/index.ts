// @rushlight/optim/swa-utils: averages of weights, as in torch.optim.swa_utils.

export { AveragedModel, type AveragedModelOptions } from './averaged-model.ts';
export type { AveragedPart } from './averaged-part.ts';
export {
  getEmaAvgFn,
  getEmaMultiAvgFn,
  getSwaAvgFn,
  getSwaMultiAvgFn,
  type AvgFn,
  type MultiAvgFn,
} from './averages.ts';
export { SWALR, type SWALROptions, type SWALRState } from './swalr.ts';
export { updateBn, type Batches, type UpdateBnOptions } from './update-bn.ts';
