import { noGrad, tidy, type Tensor } from 'rushlight';

/** The share of samples of a batch that a classifier has right, of logits [N, C] and class indices [N]. Waits for the device. */
export async function batchAccuracy(output: Tensor, target: Tensor): Promise<number> {
  const right = noGrad(() => tidy(() => output.argmax(1).eq(target).to('float32').mean()));
  const share = await right.item();
  right.dispose();
  return share;
}
