// What the rule of spelling does not answer: names that go by another name here, and names that are left out, each with the reason.

export interface Reason {
  /** Matches whole names such as `torch.nn.DataParallel`. */
  readonly pattern: RegExp;
  readonly reason: string;
}

/** PyTorch's name → ours, as a path from `rushlight`; `.name` is a method of tensors. */
export const spellings: Readonly<Record<string, string>> = {
  'torch.set_printoptions': 'setPrintOptions',
  'torch.detach': '.detach',
  'torch.atleast_1d': 'atleast1d',
  'torch.binary_cross_entropy_with_logits': 'nn.functional.binaryCrossEntropyWithLogits',
  'torch.cosine_embedding_loss': 'nn.functional.cosineEmbeddingLoss',
  'torch.ctc_loss': 'nn.functional.ctcLoss',
  'torch.hinge_embedding_loss': 'nn.functional.hingeEmbeddingLoss',
  'torch.kl_div': 'nn.functional.klDiv',
  'torch.margin_ranking_loss': 'nn.functional.marginRankingLoss',
  'torch.poisson_nll_loss': 'nn.functional.poissonNllLoss',
  'torch.triplet_margin_loss': 'nn.functional.tripletMarginLoss',
  'torch.bilinear': 'nn.functional.bilinear',
  'torch.batch_norm': 'nn.functional.batchNorm',
  'torch.group_norm': 'nn.functional.groupNorm',
  'torch.instance_norm': 'nn.functional.instanceNorm',
  'torch.layer_norm': 'nn.functional.layerNorm',
  'torch.embedding_bag': 'nn.functional.embeddingBag',
  'torch.constant_pad_nd': 'padConstant',
  'torch.from_numpy': 'tensor',
  'torch.set_anomaly_enabled': 'autograd.setDetectAnomaly',
  'torch.is_anomaly_enabled': 'autograd.isAnomalyDetected',
  'torch.autograd.detect_anomaly': 'autograd.setDetectAnomaly',
  'torch.grid_sampler': 'nn.functional.gridSample',
  'torch.affine_grid_generator': 'nn.functional.affineGrid',
  'torch.save': 'saveSafetensors',
  'torch.load': 'loadSafetensors',
  'torch.Tensor.cpu': '.to',
  'torch.Tensor.numpy': '.data',
  'torch.Tensor.tolist': '.toArray',
  'torch.Tensor.type': '.to',
  'torch.nn.functional.adaptive_max_pool1d_with_indices': 'nn.functional.adaptiveMaxPool1d',
  'torch.nn.functional.adaptive_max_pool2d_with_indices': 'nn.functional.adaptiveMaxPool2d',
  'torch.nn.functional.adaptive_max_pool3d_with_indices': 'nn.functional.adaptiveMaxPool3d',
  'torch.nn.functional.fractional_max_pool2d_with_indices': 'nn.functional.fractionalMaxPool2d',
  'torch.nn.functional.fractional_max_pool3d_with_indices': 'nn.functional.fractionalMaxPool3d',
  'torch.nn.functional.max_pool1d_with_indices': 'nn.functional.maxPool1d',
  'torch.nn.functional.max_pool2d_with_indices': 'nn.functional.maxPool2d',
  'torch.nn.functional.max_pool3d_with_indices': 'nn.functional.maxPool3d',
  'torch.nn.functional.multi_head_attention_forward': 'nn.MultiheadAttention',
  'torch.max_pool1d_with_indices': 'maxPool1d',
  'torch.get_autocast_cpu_dtype': 'getAutocastDtype',
  'torch.get_autocast_gpu_dtype': 'getAutocastDtype',
  'torch.is_autocast_cpu_enabled': 'isAutocastEnabled',
  'torch.autograd.backward': '.backward',
  'torch.autograd.enable_grad': 'enableGrad',
  'torch.autograd.no_grad': 'noGrad',
};

export const outOfScope: readonly Reason[] = [
  {
    pattern:
      /^torch\.(Tensor\.)?(hspmm|hsmm|smm|spmm|dsmm|saddmm|sspaddmm|sparse_\w+|to_sparse\w*|coalesce|is_coalesced|is_sparse\w*|(c?col|c?row|crow)_indices(_copy)?|indices(_copy)?|values(_copy)?|dense_dim|to_dense|resize_as_sparse_|layout)$|^torch\.optim\.SparseAdam$/,
    reason: 'there are no sparse tensors',
  },
  {
    pattern:
      /^torch\.(Tensor\.|linalg\.)?(angle|complex|conj\w*|imag|real|is_complex|is_conj|is_neg|polar|resolve_(conj|neg)|view_as_(complex|real)(_copy)?|cdouble|cfloat|chalf|stft|istft|eig|eigvals|lobpcg)$/,
    reason: 'complex numbers are out of scope',
  },
  {
    pattern:
      /^torch\.(Tensor\.)?(quantize\w*|dequantize|q_\w+|qscheme|int_repr|fake_quantize\w*|fused_moving_avg\w*|choose_qparams\w*|empty_quantized|fbgemm\w*|is_quantized)$/,
    reason: 'there are no quantised tensors',
  },
  {
    pattern: /^torch\.(Tensor\.)?(align_\w+|has_names|names?|rename_?|refine_names)$/,
    reason: 'there are no named tensors',
  },
  {
    pattern:
      /^torch\.(alias|as_strided|detach|diagonal|expand|permute|select|slice|split|split_with_sizes|squeeze|t|transpose|unbind|unfold|unsqueeze|view)_copy$/,
    reason: 'what is to be a copy of its own is cloned: `x.t().clone()`',
  },
  {
    pattern:
      /^torch\.(cudnn_\w+|miopen_\w+|mkldnn_\w+|native_\w+|batch_norm_\w+|norm_except_dim|nuclear_norm|frobenius_norm|convolution|conv_tbc|embedding_renorm_|(alpha_|feature_alpha_)?dropout_|feature_dropout_?|grid_sampler_[23]d|(rnn|gru|lstm)\w*|unsafe_\w+|is_same_size|is_signed|fill|wait|fork|segment_reduce)$|^torch\.Tensor\.(unsafe_\w+|to_mkldnn|is_mkldnn|is_same_size|is_signed|is_set_to|to_padded_tensor|is_nested|as_subclass|reinforce|volatile|new|output_nr|map2?_|apply_)$|^torch\.nn\.functional\.(conv_tbc|native_channel_shuffle)$/,
    reason: 'PyTorch does not document it, or not for users',
  },
  {
    pattern:
      /^torch\.(candidate|obj|classproperty|typename|compiled_with_cxx11_abi|import_ir_module\w*|parse_\w+|merge_type\w*|unify_type_list|read_vitals|set_vital|vitals_enabled|prepare_multiprocessing_environment|get_file_path|init_num_threads|is_storage)$|^torch\.nn\.functional\.(assert_int_or_pair|boolean_dispatch|\w*torch_function\w*)$|^torch\.nn\.(Container|RNNBase|RNNCellBase)$|^torch\.nn\.utils\.rnn\.PackedSequence_$|^torch\.is_anomaly_check_nan_enabled$|^torch\.autograd\.NestedIOFunction$/,
    reason: 'it is a part of how PyTorch is made, not of what it offers',
  },
  {
    pattern: /^torch\.\w*autocast\w*$/,
    reason: 'a function says for how long, of devices of every kind: `autocast(fn)`',
  },
  {
    pattern: /^torch\.([gs]et_num_(interop_)?threads)$/,
    reason: 'threads are an option of the backend: `wasm({ threads })`',
  },
  {
    pattern:
      /^torch\.([gs]et_deterministic_debug_mode|use_deterministic_algorithms|are_deterministic_algorithms_enabled|is_deterministic\w+|[gs]et_float32_matmul_precision|set_flush_denormal|is_warn_always_enabled|set_warn_always)$/,
    reason: 'nothing here is otherwise: results are deterministic, and float32 is float32',
  },
  {
    pattern:
      /^torch\.(Tensor\.)?(is_inference|is_inference_mode_enabled|inference_mode)$|^torch\.autograd\.inference_mode$/,
    reason: '`noGrad` is all there is to it',
  },
  {
    pattern: /^torch\.(autograd\.)?set_grad_enabled$/,
    reason: 'a function says for how long: `enableGrad(fn)`, `noGrad(fn)`',
  },
  {
    pattern:
      /^torch\.(Tensor\.)?(get_device|is_(cpu|cuda|ipu|meta|mps|ort|vulkan|xpu)|is_vulkan_available|cuda|ipu|xpu|is_distributed|pin_memory|is_pinned|record_stream)$/,
    reason: 'it is about devices of PyTorch’s: here `x.device` and `x.to(device)`',
  },
  {
    pattern:
      /^torch\.(Tensor\.)?(storage|storage_type|share_memory_|is_shared|data_ptr|set_|new_empty_strided|resize_?|resize_as_?|from_dlpack|to_dlpack|from_file)$/,
    reason: 'memory is the backend’s',
  },
  {
    pattern: /^torch\.Tensor\.(squeeze|swapaxes|swapdims|t|transpose|unsqueeze|as_strided)_$|^torch\.as_strided_$/,
    reason: 'a tensor keeps its shape: `x.t()` is another tensor on the same memory',
  },
  {
    pattern: /^torch\.Tensor\.(bfloat16|byte|char|short|long)$/,
    reason: 'there is no such dtype; `x.to("uint8")`, and `x.int()` for int64',
  },
  {
    pattern:
      /^torch\.(Tensor\.)?(symeig|solve|lstsq|matrix_rank|eig|set_default_tensor_type|range|ger|lu|orgqr|ormqr|geqrf|lu_unpack|chain_matmul)$|^torch\.nn\.(NLLLoss2d|init\.(constant|dirac|eye|kaiming_normal|kaiming_uniform|normal|orthogonal|sparse|uniform|xavier_normal|xavier_uniform)|functional\.(upsample|upsample_bilinear|upsample_nearest)|utils\.clip_grad_norm)$|^torch\.autograd\.Variable$/,
    reason: 'PyTorch itself deprecates it, and names another',
  },
  {
    pattern:
      /^torch\.utils\.data\.(\w*DataPipe|DataChunk|DataLoader2|argument_validation|functional_datapipe|\w*determini\w+|runtime_validation\w*)$/,
    reason: 'data pipes were given up by PyTorch',
  },
  {
    pattern: /^torch\.nn\.(DataParallel|SyncBatchNorm)$/,
    reason: 'there is one device to a process',
  },
  { pattern: /^torch\.nn\.utils\.convert_conv2d_weight_memory_format$/, reason: 'memory has one format' },
];
