import { Sampler, type Sized } from './sampler.ts';

/** 0 to length − 1, in order. https://pytorch.org/docs/1.13/data.html#torch.utils.data.SequentialSampler */
export class SequentialSampler extends Sampler {
  /** What numbers are counted for. */
  readonly dataSource: Sized;

  constructor(dataSource: Sized) {
    super();
    this.dataSource = dataSource;
  }

  get length(): number {
    return this.dataSource.length;
  }

  *[Symbol.iterator](): Iterator<number> {
    for (let index = 0; index < this.dataSource.length; index++) yield index;
  }
}
