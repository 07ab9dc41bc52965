import type { Tensor } from '../tensor.ts';
import { nonzero } from './mask.ts';
import { where as choose } from './where.ts';

/**
 * x where the condition is true, y elsewhere, all broadcast; x and y may be numbers. With the condition alone, its positions
 * as by `nonzero` with `asTuple`, which throws DeviceError on a device that can only be read asynchronously. torch.where
 */
export function where(condition: Tensor): Tensor[];
export function where(condition: Tensor, x: Tensor | number, y: Tensor | number): Tensor;
export function where(condition: Tensor, x?: Tensor | number, y?: Tensor | number): Tensor | Tensor[] {
  return x === undefined || y === undefined ? nonzero(condition, { asTuple: true }) : choose(condition, x, y);
}
