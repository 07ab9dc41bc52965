import { cat, DeviceError, noGrad, ShapeError, ValueError, type Tensor } from '@rushlight/core';

/**
 * All parameters, flattened and one after another: [Σ numel]. Gradients flow back to them. Throws ValueError for none,
 * DeviceError for different devices. torch.nn.utils.parameters_to_vector
 */
export function parametersToVector(parameters: Iterable<Tensor>): Tensor {
  const list = [...parameters];
  const [first] = list;
  if (!first) throw new ValueError('parametersToVector', 'there are no parameters. Pass at least one.');
  const other = list.find(({ device }) => device !== first.device);
  if (other) {
    const [a, b] = [first.device.name, other.device.name];
    throw new DeviceError('parametersToVector', `the parameters are on "${a}" and "${b}". Move them to one device.`);
  }
  return cat(list.map((x) => x.reshape([-1])));
}

/**
 * Copies a vector of that kind into the parameters, outside of gradients. Throws ShapeError if it is too short.
 * torch.nn.utils.vector_to_parameters
 */
export function vectorToParameters(vector: Tensor, parameters: Iterable<Tensor>): void {
  const list = [...parameters];
  const needed = list.reduce((sum, x) => sum + x.numel(), 0);
  const given = vector.numel();
  if (vector.shape.length !== 1 || given < needed) {
    throw new ShapeError(
      'vectorToParameters',
      `the vector has shape [${vector.shape.join(', ')}], the parameters have ${needed} elements. Pass one of that length.`,
    );
  }
  noGrad(() => {
    let start = 0;
    for (const x of list) {
      x.copy_(vector.narrow(0, start, x.numel()).reshape(x.shape));
      start += x.numel();
    }
  });
}
