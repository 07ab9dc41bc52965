// Which operations run in which dtype, as PyTorch's lists for CUDA have it: what is fast and bears few digits in float16, what
// has a wide range of values in float32. https://pytorch.org/docs/stable/amp.html#autocast-op-reference

/**
 * `float16`, `float32`: the operation runs in it · `widest`: in the widest dtype among its operands · `first`: in the widest,
 * and its result has the dtype of the first operand · `refused`: not at all.
 */
export type AutocastPolicy = 'float16' | 'float32' | 'widest' | 'first' | 'refused';

const names: Readonly<Record<AutocastPolicy, string>> = {
  float16:
    'addbmm addmm addmv addr attentionMask baddbmm bmm conv1d conv2d conv3d convTranspose1d convTranspose2d convTranspose3d ' +
    'einsum linear matmul mm mv prelu recurrent scaledDotProductAttention',
  float32:
    'acos asin attentionWeights binaryCrossEntropyWithLogits cdist cosh cosineEmbeddingLoss cosineSimilarity crossEntropy ' +
    'cumprod cumsum dist erfinv exp expm1 gaussianNllLoss groupNorm hingeEmbeddingLoss huberLoss klDiv l1Loss layerNorm log ' +
    'log10 log1p log2 logSoftmax logsumexp marginRankingLoss mseLoss multiMarginLoss multilabelMarginLoss ' +
    'multilabelSoftMarginLoss nllLoss norm pairwiseDistance poissonNllLoss pow prod reciprocal renorm rmsNorm rsqrt sinh ' +
    'smoothL1Loss softMarginLoss softmax softplus sum tan tripletMarginLoss',
  // addcdiv, addcmul, atan2, cat, stack and others promote by themselves.
  widest: 'bilinear cross dot gridSample indexPut scatterAdd tensordot',
  // PyTorch's own kernels take a float16 input beside float32 statistics and weights.
  first: 'batchNorm instanceNorm',
  refused: 'binaryCrossEntropy',
};

/** The policy of each operation that has one. */
export const autocastPolicies: ReadonlyMap<string, AutocastPolicy> = /* @__PURE__ */ new Map(
  (Object.keys(names) as AutocastPolicy[]).flatMap((policy) =>
    names[policy].split(' ').map((name) => [name, policy] as const),
  ),
);
