// torch.nn.utils.prune under its names.

export {
  customFromMask, globalUnstructured, identity, l1Unstructured, lnStructured, randomStructured, randomUnstructured,
  type GlobalUnstructuredOptions,
} from './functions.ts'; // prettier-ignore
export {
  CustomFromMask, Identity, L1Unstructured, LnStructured, RandomStructured, RandomUnstructured, type ChannelNorm,
} from './methods.ts'; // prettier-ignore
export {
  BasePruningMethod, isPruned, PruningContainer, remove, type ImportanceOptions, type PruneOptions,
} from './pruning-method.ts'; // prettier-ignore
