import { ShapeError } from '@rushlight/core';
import { becomePlain } from '../module/become-plain.ts';
import { UninitializedParameter } from '../uninitialized.ts';
import { Linear, type LinearOptions } from './linear.ts';

/**
 * A Linear whose `inFeatures` is the last size of its first input: then it is drawn, and becomes a Linear. Until then its
 * parameters are uninitialized, and an optimizer refuses them; loading a state dict gives them a shape, too. Throws ShapeError for
 * a first input of no dims. torch.nn.LazyLinear
 *
 * @example
 * const model = new nn.Sequential(new nn.LazyLinear(8), new nn.ReLU(), new nn.LazyLinear(2));
 * model(randn([1, 5]));
 * new optim.SGD(model.parameters(), { lr: 0.1 });
 */
export class LazyLinear extends Linear {
  constructor(outFeatures: number, { bias = true, ...options }: LinearOptions = {}) {
    super(0, outFeatures, { bias, ...options });
    this.weight = new UninitializedParameter(options);
    if (bias) this.bias = new UninitializedParameter(options);
    becomePlain<Linear>(this, {
      plain: Linear,
      sizes: ({ shape }) => {
        const inFeatures = shape.at(-1);
        if (inFeatures === undefined) throw new ShapeError('LazyLinear', 'the input has no dims. It must be [*, inFeatures].'); // prettier-ignore
        return { inFeatures };
      },
      shape: (name, { inFeatures }) => (name === 'weight' ? [outFeatures, inFeatures] : [outFeatures]),
    });
  }

  /** Nothing yet: the first input draws the parameters. */
  override resetParameters(): void {}
}
