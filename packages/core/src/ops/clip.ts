// `clamp` under its other name.

import type { Tensor } from '../tensor.ts';
import { clamp, clamp_, type ClampOptions } from './clamp.ts';

/** `clamp`. torch.clip */
export function clip(x: Tensor, options: ClampOptions): Tensor {
  return clamp(x, options);
}

/** `clip` in place. torch.Tensor.clip_ */
export function clip_(x: Tensor, options: ClampOptions): Tensor {
  return clamp_(x, options);
}
