// torch.nn.utils.parametrize under its names.

export { ParametrizationList, type Invertible, type Parametrization } from './parametrization-list.ts';
export {
  cached, isParametrized, registerParametrization, removeParametrizations, transferParametrizationsAndParams,
  typeBeforeParametrizations, type ParametrizationOptions, type RemoveParametrizationsOptions, type TransferParametrizationsOptions,
} from './register.ts'; // prettier-ignore
