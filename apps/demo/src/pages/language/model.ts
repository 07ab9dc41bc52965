// A character transformer: what GPT-2 is, in small. And how it writes.

import { arange, nn, noGrad, ones, tensor, triu, type Generator, type Tensor } from 'rushlight';

export interface Sizes {
  /** How many different characters there are. */
  readonly characters: number;
  /** How many characters the model sees at once. */
  readonly context: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
}

/** Each place looks back at those before it, then thinks for itself. Gives what it is now, and where each head looked. */
class Block extends nn.Module<[x: Tensor, mask: Tensor], [x: Tensor, weights: Tensor]> {
  readonly norm1: nn.LayerNorm;
  readonly attention: nn.MultiheadAttention;
  readonly norm2: nn.LayerNorm;
  readonly mlp: nn.Sequential;

  constructor(width: number, heads: number) {
    super();
    this.norm1 = new nn.LayerNorm(width);
    this.attention = new nn.MultiheadAttention(width, heads, { batchFirst: true });
    this.norm2 = new nn.LayerNorm(width);
    this.mlp = new nn.Sequential(new nn.Linear(width, 4 * width), new nn.GELU(), new nn.Linear(4 * width, width));
  }

  forward(x: Tensor, mask: Tensor): [x: Tensor, weights: Tensor] {
    const seen = this.norm1(x);
    const [found, weights] = this.attention(seen, seen, seen, { attnMask: mask, averageAttnWeights: false });
    const y = x.add(found);
    return [y.add(this.mlp(this.norm2(y))), weights as Tensor];
  }
}

/** Numbers of characters [N, L] become logits [N, L, characters] for the character after each. */
export class CharTransformer extends nn.Module<[tokens: Tensor], Tensor> {
  readonly context: number;
  readonly characters: nn.Embedding;
  readonly places: nn.Embedding;
  readonly blocks: nn.ModuleList<Block>;
  readonly norm: nn.LayerNorm;
  readonly head: nn.Linear;

  constructor({ characters, context, width, layers, heads }: Sizes) {
    super();
    this.context = context;
    this.characters = new nn.Embedding(characters, width);
    this.places = new nn.Embedding(context, width);
    this.blocks = new nn.ModuleList(Array.from({ length: layers }, () => new Block(width, heads)));
    this.norm = new nn.LayerNorm(width);
    this.head = new nn.Linear(width, characters);
    for (const table of [this.characters, this.places]) nn.init.normal_(table.weight, { std: 0.02 });
  }

  forward(tokens: Tensor): Tensor {
    return this.look(tokens)[0];
  }

  /** The logits, and of each layer the attention weights [N, heads, L, L]. */
  look(tokens: Tensor): [logits: Tensor, weights: Tensor[]] {
    const length = tokens.size(1);
    // Nobody may look at what comes after.
    const mask = triu(ones([length, length], { dtype: 'bool' }), { diagonal: 1 });
    const all: Tensor[] = [];
    let x = this.characters(tokens).add(this.places(arange(length, { dtype: 'int32' })));
    for (const block of this.blocks) {
      const [y, weights] = block(x, mask);
      all.push(weights);
      x = y;
    }
    return [this.head(this.norm(x)), all];
  }
}

/** One of the logits' numbers, drawn by softmax(logits / temperature); undefined where they are no numbers. */
export function draw(logits: ArrayLike<number>, temperature: number, generator: Generator): number | undefined {
  const values = Array.from(logits);
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!Number.isFinite(largest)) return undefined;
  if (temperature === 0) return values.indexOf(largest);
  const weights = values.map((value) => Math.exp((value - largest) / temperature));
  const sum = weights.reduce((a, b) => a + b, 0);
  let rest = (generator.random() / 2 ** 32) * sum;
  const found = weights.findIndex((weight) => (rest -= weight) < 0);
  return found < 0 ? values.indexOf(largest) : found;
}

/** What the model writes after these tokens, one character at a time. */
export async function write(
  model: CharTransformer,
  begin: ArrayLike<number>,
  { length, temperature, generator }: { length: number; temperature: number; generator: Generator },
): Promise<number[]> {
  const tokens = Array.from(begin);
  while (tokens.length < begin.length + length) {
    const seen = tokens.slice(-model.context);
    const input = tensor(Int32Array.from(seen), { shape: [1, seen.length] });
    const logits = await noGrad(() => model(input).select(1, -1)).data();
    const next = draw(logits, temperature, generator);
    if (next === undefined) break;
    tokens.push(next);
  }
  return tokens.slice(begin.length);
}
