// A pre-norm transformer over characters, its attention written out in plain operations.

import { arange, full, nn, type Tensor } from 'rushlight';

class Block extends nn.Module<[x: Tensor, mask: Tensor], Tensor> {
  private readonly heads: number;
  norm1: nn.LayerNorm;
  qkv: nn.Linear;
  proj: nn.Linear;
  norm2: nn.LayerNorm;
  fc1: nn.Linear;
  fc2: nn.Linear;

  constructor(width: number, heads: number) {
    super();
    this.heads = heads;
    this.norm1 = new nn.LayerNorm(width);
    this.qkv = new nn.Linear(width, 3 * width);
    this.proj = new nn.Linear(width, width);
    this.norm2 = new nn.LayerNorm(width);
    this.fc1 = new nn.Linear(width, 4 * width);
    this.fc2 = new nn.Linear(4 * width, width);
  }

  forward(x: Tensor, mask: Tensor): Tensor {
    const attended = x.add(this.attend(this.norm1(x), mask));
    return attended.add(this.fc2(this.fc1(this.norm2(attended)).gelu()));
  }

  private attend(x: Tensor, mask: Tensor): Tensor {
    const [batch = 0, length = 0, width = 0] = x.shape;
    const size = width / this.heads;
    const split = this.qkv(x).reshape([batch, length, 3, this.heads, size]).permute([2, 0, 3, 1, 4]);
    const [q, k, v] = [split.select(0, 0), split.select(0, 1), split.select(0, 2)];
    const scores = q
      .matmul(k.transpose(-2, -1))
      .mul(1 / Math.sqrt(size))
      .add(mask);
    const mixed = scores.softmax(-1).matmul(v);
    return this.proj(mixed.transpose(1, 2).reshape([batch, length, width]));
  }
}

export class CharLM extends nn.Module<[Tensor], Tensor> {
  token: nn.Embedding;
  position: nn.Embedding;
  blocks: nn.ModuleList<Block>;
  norm: nn.LayerNorm;
  head: nn.Linear;
  /** −∞ where a position would look ahead. */
  private readonly mask: Tensor;
  private readonly positions: Tensor;

  constructor(
    [characters = 0, width = 0]: number[],
    [context = 0]: number[],
    { layers = 1, heads = 1 }: Readonly<Record<string, number>>,
  ) {
    super();
    this.token = new nn.Embedding(characters, width);
    this.position = new nn.Embedding(context, width);
    this.blocks = new nn.ModuleList(Array.from({ length: layers }, () => new Block(width, heads)));
    this.norm = new nn.LayerNorm(width);
    this.head = new nn.Linear(width, characters);
    this.mask = full([context, context], -Infinity).triu({ diagonal: 1 });
    this.positions = arange(context, { dtype: 'int32' });
  }

  /** Logits [batch · length, characters] of the characters after x [batch, length]. */
  forward(x: Tensor): Tensor {
    let hidden = this.token(x).add(this.position(this.positions));
    for (const block of this.blocks) hidden = block(hidden, this.mask);
    return this.head(this.norm(hidden)).flatten(0, 1);
  }
}
