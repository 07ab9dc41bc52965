import { DeviceError, matmul, ShapeError, show, type Tensor } from '@rushlight/core';
import { TensorTransform } from './tensor-transform.ts';

/**
 * (x − mean) · matrix of an image as one row of D = C · H · W numbers, as whitening needs it. Takes tensors [..., C, H, W]. Throws
 * a ShapeError unless the matrix is [D, D] and the mean [D], a DeviceError if the image lives elsewhere.
 * https://pytorch.org/vision/0.14/generated/torchvision.transforms.LinearTransformation.html
 */
export class LinearTransformation extends TensorTransform {
  /** [D, D]. */
  readonly transformationMatrix: Tensor;
  /** [D]. */
  readonly meanVector: Tensor;

  constructor(transformationMatrix: Tensor, meanVector: Tensor) {
    super();
    const [rows, cols] = transformationMatrix.shape;
    if (transformationMatrix.shape.length !== 2 || rows !== cols) {
      const found = show(transformationMatrix.shape);
      throw new ShapeError('LinearTransformation', `the matrix is ${found}. Pass a square one.`);
    }
    if (meanVector.shape.length !== 1 || meanVector.shape[0] !== rows) {
      const found = `the mean is ${show(meanVector.shape)}, the matrix ${show(transformationMatrix.shape)}`;
      throw new ShapeError('LinearTransformation', `${found}. Pass a mean of as many numbers as the matrix has rows.`);
    }
    this.transformationMatrix = transformationMatrix;
    this.meanVector = meanVector;
  }

  protected override ofTensor(x: Tensor): Tensor {
    const { meanVector, transformationMatrix } = this;
    const [size = 0] = meanVector.shape;
    const [channels = 0, height = 0, width = 0] = x.shape.slice(-3);
    if (channels * height * width !== size) {
      const found = `an image ${show(x.shape.slice(-3))} has ${channels * height * width} numbers, the matrix ${size}`;
      throw new ShapeError('LinearTransformation', `${found} rows. Resize or crop the images to what it was made for.`);
    }
    if (x.device !== transformationMatrix.device) {
      const found = `the image is on "${x.device.name}", the matrix on "${transformationMatrix.device.name}"`;
      throw new DeviceError('LinearTransformation', `${found}. Move one with \`.to\`.`);
    }
    return matmul(x.reshape([-1, size]).sub(meanVector), transformationMatrix).reshape(x.shape);
  }
}
