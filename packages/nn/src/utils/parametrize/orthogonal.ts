import {
  allclose, cat, diagonal, eye, geqrf, linalg, matrixExp, noGrad, orgqr, randn, ShapeError, show, sign, tril, triu,
  ValueError, type Tensor,
} from '@rushlight/core'; // prettier-ignore
import { Module } from '../../module/module.ts';
import { NoRightInverse } from './parametrization-list.ts';
import { parametrizable, registerParametrization } from './register.ts';

/** How a matrix is made orthogonal. */
export type OrthogonalMap = keyof typeof maps;

const sizesOf = (x: Tensor): [rows: number, columns: number] => [x.shape.at(-2) ?? 0, x.shape.at(-1) ?? 0];
const turned = (x: Tensor): Tensor => x.transpose(-2, -1);
const identity = (n: number, { dtype, device }: Tensor): Tensor => eye(n, { dtype, device });

const identityLike = (x: Tensor): Tensor => eye(...sizesOf(x), { dtype: x.dtype, device: x.device });

/** From the lower triangle of a tall matrix the skew-symmetric matrix of its height. */
function skew(x: Tensor): Tensor {
  const [rows, columns] = sizesOf(x);
  const lower = tril(x);
  const square =
    rows === columns ? lower : cat([lower, x.detach().zeros([...x.shape.slice(0, -1), rows - columns])], -1);
  return square.sub(turned(square));
}

/** Of a tall matrix [*, n, k] the n × k matrix with orthonormal columns. */
const maps = {
  /** e^A, of a skew-symmetric A. */
  matrix_exp: (x: Tensor): Tensor => matrixExp(skew(x)).narrow(-1, 0, sizesOf(x)[1]),
  /** (1 − A/2)⁻¹ (1 + A/2), of a skew-symmetric A. */
  cayley(x: Tensor): Tensor {
    const a = skew(x).mul(0.5);
    const one = identity(sizesOf(x)[0], x);
    return linalg.solve(one.sub(a), one.add(a)).narrow(-1, 0, sizesOf(x)[1]);
  },
  /** The product of reflections at the columns below the diagonal, whose diagonal says the signs. */
  householder(x: Tensor): Tensor {
    const below = tril(x, { diagonal: -1 });
    const tau = below.square().sum(-2).add(1).reciprocal().mul(2);
    const signs = diagonal(x.detach(), { dim1: -2, dim2: -1 }).trunc();
    return orgqr(below, tau).mul(signs.unsqueeze(-2));
  },
} satisfies Record<string, (x: Tensor) => Tensor>;

const epsilon: Readonly<Record<string, number>> = { float64: 2 ** -52, float32: 2 ** -23, float16: 2 ** -10 };

function isOrthogonal(q: Tensor): boolean {
  const [rows, columns] = sizesOf(q);
  const product = turned(q).matmul(q);
  return allclose(product, identity(columns, q).expand(product.shape), { atol: 10 * rows * (epsilon[q.dtype] ?? 0) });
}

/** The Q of Q R with a positive diagonal of R. */
function orthogonalised(x: Tensor): Tensor {
  const { a, tau } = geqrf(x);
  return orgqr(a, tau).mul(sign(diagonal(a, { dim1: -2, dim2: -1 })).unsqueeze(-2));
}

class Orthogonal extends Module<[x: Tensor], Tensor> {
  readonly shape: readonly number[];
  readonly orthogonalMap: OrthogonalMap;
  readonly useTrivialization: boolean;
  declare base: Tensor | null;

  constructor(weight: Tensor, orthogonalMap: OrthogonalMap, useTrivialization: boolean) {
    super();
    this.shape = weight.shape;
    this.orthogonalMap = orthogonalMap;
    this.useTrivialization = useTrivialization;
    if (useTrivialization) this.registerBuffer('base', null);
  }

  forward(x: Tensor): Tensor {
    const [rows, columns] = sizesOf(x);
    const isWide = rows < columns;
    const q = maps[this.orthogonalMap](isWide ? turned(x) : x);
    const moved = this.base ? this.base.matmul(q) : q;
    return isWide ? turned(moved) : moved;
  }

  rightInverse(value: Tensor): Tensor {
    if (show(value.shape) !== show(this.shape)) {
      throw new ShapeError(
        'orthogonal',
        `a value of shape ${show(value.shape)} is assigned. It must be ${show(this.shape)}.`,
      );
    }
    return noGrad(() => {
      const [rows, columns] = sizesOf(value);
      const isWide = rows < columns;
      const tall = isWide ? turned(value) : value;
      if (!this.useTrivialization) return this.#reflections(tall, isWide);
      this.base = this.#completed(tall);
      const { dtype, device } = value;
      return eye(rows, columns, { dtype, device }).neg().expand(value.shape).clone();
    });
  }

  /** What `householder` makes this matrix of. */
  #reflections(q: Tensor, isWide: boolean): Tensor {
    if (this.orthogonalMap !== 'householder') {
      throw new NoRightInverse(
        'orthogonal',
        `nothing can be assigned to the map "${this.orthogonalMap}" without trivialization. Pass { useTrivialization: true }.`,
      );
    }
    const { a, tau } = geqrf(q);
    const signs = sign(diagonal(a, { dim1: -2, dim2: -1 }));
    const turns = tau.eq(0).to(a.dtype).mul(-2).add(1);
    const rest = tril(a, { diagonal: -1 }).add(triu(a, { diagonal: 1 }));
    const onDiagonal = identityLike(a).mul(signs.mul(turns).unsqueeze(-2));
    const stored = rest.add(onDiagonal);
    return isWide ? turned(stored).clone() : stored;
  }

  /** An orthogonal n × n matrix that begins with the columns of q. */
  #completed(q: Tensor): Tensor {
    const [rows, columns] = sizesOf(q);
    if (rows === columns) return isOrthogonal(q) ? q.clone() : orthogonalised(q);
    const { dtype, device } = q;
    const more = randn([...q.shape.slice(0, -2), rows, rows - columns], { dtype, device });
    return orthogonalised(cat([q, more], -1));
  }
}

export interface OrthogonalOptions {
  /** Which tensor. Default 'weight'. */
  readonly name?: string;
  /** 'matrix_exp', 'cayley' or 'householder'. Default 'matrix_exp' for square matrices, else 'householder'. */
  readonly orthogonalMap?: OrthogonalMap | null;
  /** Start from the matrix that is there, or one that is assigned, at 0 of the map. Default true. */
  readonly useTrivialization?: boolean;
}

/**
 * Keeps a matrix, or each of a batch of them, orthogonal: of its rows and columns the fewer are orthonormal. Returns the module.
 * Throws ValueError for a tensor of fewer than 2 dims or an unknown map; DeviceError where the device can only be read
 * asynchronously, since matrices are factorised on the host. https://arxiv.org/abs/1901.08428.
 * torch.nn.utils.parametrizations.orthogonal
 *
 * @example
 * const layer = orthogonal(new nn.Linear(20, 40));
 * layer.weight.t().matmul(layer.weight); // the identity
 */
export function orthogonal<M extends Module>(
  module: M,
  { name = 'weight', orthogonalMap = null, useTrivialization = true }: OrthogonalOptions = {},
): M {
  const weight = parametrizable('orthogonal', module, name);
  if (weight.shape.length < 2)
    throw new ValueError(
      'orthogonal',
      `"${name}" has shape ${show(weight.shape)}. It must be a matrix, or a batch of them.`,
    );
  const [rows, columns] = sizesOf(weight);
  const map = orthogonalMap ?? (rows === columns ? 'matrix_exp' : 'householder');
  if (!Object.hasOwn(maps, map)) {
    throw new ValueError('orthogonal', `there is no map "${String(map)}". Use ${Object.keys(maps).join(', ')}.`);
  }
  return registerParametrization(module, name, new Orthogonal(weight, map, useTrivialization), { unsafe: true });
}
