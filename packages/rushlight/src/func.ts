// torch.func.

import { stateless } from '@rushlight/nn/utils';

export * from '@rushlight/core/func';
export const { functionalCall, stackModuleState } = stateless;
