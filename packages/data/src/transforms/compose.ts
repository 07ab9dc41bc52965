import type { Generator } from '@rushlight/core';
import type { PixelImage } from '../pixel-image.ts';
import type { FloatImage } from './float-image.ts';
import { hostForm, TransformClass, type HostTransform } from './transform.ts';

/** Any transform at all. */
type Step = (x: never, generator?: Generator) => unknown;

/** What the first of them takes. */
type InputOf<Steps extends readonly Step[]> = Steps extends readonly [infer First extends Step, ...Step[]]
  ? Parameters<First>[0]
  : Parameters<Steps[number]>[0];

/** What the last of them makes. */
type OutputOf<Steps extends readonly Step[]> = Steps extends readonly [...Step[], infer Last extends Step]
  ? ReturnType<Last>
  : ReturnType<Steps[number]>;

/**
 * One transform after the other, each taking what the one before it made; all draw from the same generator.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.Compose.html
 *
 * @example
 * const augment = new transforms.Compose([
 *   new transforms.ToTensor(),
 *   new transforms.RandomCrop(28, { padding: 2 }),
 *   new transforms.Normalize(0.1307, 0.3081),
 * ]);
 * const train = new Digits({ transform: augment });
 */
export class Compose<const Steps extends readonly Step[]> extends TransformClass<InputOf<Steps>, OutputOf<Steps>> {
  /** The steps, in their order. */
  readonly transforms: Steps;

  constructor(transforms: Steps) {
    super();
    for (const [at, step] of transforms.entries()) {
      if (typeof step !== 'function') {
        throw new TypeError(`Compose: step ${at} is no transform but ${typeof step}. Pass functions.`);
      }
    }
    this.transforms = transforms;
  }

  forward(x: InputOf<Steps>, generator?: Generator): OutputOf<Steps> {
    let made: unknown = x;
    for (const step of this.transforms) made = step(made as never, generator);
    return made as OutputOf<Steps>;
  }

  override hostForm(): HostTransform | undefined {
    const steps = this.transforms.map(hostForm);
    if (steps.length === 0 || !steps.every((step) => step !== undefined)) return undefined;
    return (image, generator) =>
      steps.reduce((made: PixelImage | FloatImage, step) => step(made, generator), image) as FloatImage;
  }
}
