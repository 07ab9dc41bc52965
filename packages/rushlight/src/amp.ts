// torch.amp, and torch.cuda.amp.

export {
  autocast,
  customBwd,
  customFwd,
  getAutocastDtype,
  isAutocastEnabled,
  type AutocastOptions,
  type CustomFwdOptions,
} from '@rushlight/core';
export { GradScaler, type GradScalerOptions } from '@rushlight/optim';
