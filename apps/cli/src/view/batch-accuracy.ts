import { noGrad, tidy, type Tensor } from 'rushlight';

/**
 * The share of samples of a batch that a classifier has right; undefined where the shapes are no classification's. Waits for the device.
 *
 * `output`: logits [N, C, …]; `target`: class indices [N, …], or probabilities of the output's shape. Of one class, a logit above 0
 * says yes to targets above ½.
 */
export async function batchAccuracy(output: Tensor, target: Tensor): Promise<number | undefined> {
  const right = noGrad(() => tidy(() => verdicts(output, target)?.to('float32').mean()));
  if (!right) return undefined;
  const share = await right.item();
  right.dispose();
  return share;
}

function verdicts(output: Tensor, target: Tensor): Tensor | undefined {
  const [, classes] = output.shape;
  const [o, t] = [output.detach(), target.detach()];
  const isAlike = o.shape.join() === t.shape.join();
  if (t.numel() === 0) return undefined;
  if (classes !== undefined && classes > 1) {
    if (isAlike) return o.argmax(1).eq(t.argmax(1));
    return t.shape.join() === o.shape.toSpliced(1, 1).join() ? o.argmax(1).eq(t) : undefined;
  }
  return o.numel() === t.numel()
    ? o
        .reshape([-1])
        .gt(0)
        .eq(t.reshape([-1]).gt(0.5))
    : undefined;
}
