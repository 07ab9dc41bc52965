import {
  DTypeError,
  outsideAutocast,
  isFloat,
  linspace,
  ones,
  scratch,
  ShapeError,
  show,
  stack,
  zeros,
  type Tensor,
} from '@rushlight/core';

export interface AffineGridOptions {
  /** As that of `gridSample`, for which the grid is. Default false. */
  readonly alignCorners?: boolean;
}

/**
 * A grid for `gridSample` that maps the points of the result through affine matrices: theta [N, 2, 3] and size [N, C, H, W] give
 * [N, H, W, 2], theta [N, 3, 4] and size [N, C, D, H, W] give [N, D, H, W, 3]; grid[n, …p] = theta[n] · (x, y, 1) for the point
 * p = (y, x), its coordinates from −1 to 1. Throws ShapeError or DTypeError for what does not fit.
 * torch.nn.functional.affine_grid
 */
export function affineGrid(
  theta: Tensor,
  size: readonly number[],
  { alignCorners = false }: AffineGridOptions = {},
): Tensor {
  const op = 'affineGrid';
  if (!isFloat(theta.dtype))
    throw new DTypeError(op, `theta is ${theta.dtype}. It must be a float: convert with \`.to('float32')\`.`);
  const rank = size.length - 2;
  const [batch, rows, columns] = theta.shape;
  const fits = theta.shape.length === 3 && rows === rank && columns === rank + 1 && batch === size[0];
  if ((rank !== 2 && rank !== 3) || !fits) {
    throw new ShapeError(
      op,
      `theta ${show(theta.shape)} does not fit the size ${show(size)}. Use [N, 2, 3] for [N, C, H, W], or [N, 3, 4] for [N, C, D, H, W].`,
    );
  }
  if (size.some((n) => !Number.isInteger(n) || n < 1))
    throw new ShapeError(op, `the size is ${show(size)}. Every number must be a positive integer.`);
  const spatial = size.slice(2);
  const made = { dtype: theta.dtype, device: theta.device };
  return scratch([theta], () => {
    // Along the last dim first, as the coordinates of a point are.
    const coordinates = spatial
      .map((n, d) => {
        // A single point lies in the middle.
        const line = n === 1 ? zeros([1], made) : linspace(-1, 1, n, made);
        const along = spatial.map(() => 1).with(d, n);
        return (alignCorners ? line : line.mul((n - 1) / n)).reshape(along).expand(spatial);
      })
      .reverse();
    const base = stack([...coordinates, ones([], made).expand(spatial)], -1).reshape([-1, rank + 1]);
    return outsideAutocast(() => base.matmul(theta.transpose(1, 2))).reshape([batch ?? 0, ...spatial, rank]);
  });
}
