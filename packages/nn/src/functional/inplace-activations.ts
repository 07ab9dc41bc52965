// The activations that PyTorch also has in place, as functions. (As methods all of them have such a form.)

import { applyInplace, celu, elu, hardtanh, leakyRelu, relu, selu, threshold, type Tensor } from '@rushlight/core';

/** `relu` in x itself. torch.nn.functional.relu_ */
export const relu_ = (x: Tensor): Tensor => applyInplace(relu, x);
/** `elu` in x itself. torch.nn.functional.elu_ */
export const elu_ = (x: Tensor, options?: Parameters<typeof elu>[1]): Tensor => applyInplace(elu, x, [], options);
/** `selu` in x itself. torch.nn.functional.selu_ */
export const selu_ = (x: Tensor): Tensor => applyInplace(selu, x);
/** `celu` in x itself. torch.nn.functional.celu_ */
export const celu_ = (x: Tensor, options?: Parameters<typeof celu>[1]): Tensor => applyInplace(celu, x, [], options);
/** `leakyRelu` in x itself. torch.nn.functional.leaky_relu_ */
export const leakyRelu_ = (x: Tensor, options?: Parameters<typeof leakyRelu>[1]): Tensor =>
  applyInplace(leakyRelu, x, [], options);
/** `hardtanh` in x itself. torch.nn.functional.hardtanh_ */
export const hardtanh_ = (x: Tensor, options?: Parameters<typeof hardtanh>[1]): Tensor =>
  applyInplace(hardtanh, x, [], options);
/** `threshold` in x itself. torch.nn.functional.threshold_ */
export const threshold_ = (x: Tensor, limit: number, value: number): Tensor =>
  applyInplace(threshold, x, [limit, value]);
