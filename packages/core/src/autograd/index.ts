// What PyTorch has under torch.autograd.

export { Function, FunctionContext, grad, type GradOptions } from './function.ts';
export * as functional from './functional/index.ts';
export { gradcheck, gradgradcheck, type GradcheckOptions } from './gradcheck.ts';
export { tapGradients } from './tap.ts';
export { isAnomalyDetected, setDetectAnomaly, Node, type Hook } from './node.ts';
