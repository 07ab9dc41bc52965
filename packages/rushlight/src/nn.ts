// torch.nn: modules, layers and losses, `functional`, `init` and `utils`.

export * from '@rushlight/nn';
export { CrossEntropyLoss, MSELoss, NLLLoss } from '@rushlight/losses';
export * as functional from './nn-functional.ts';
export * as utils from './nn-utils.ts';
