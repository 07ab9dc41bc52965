import { nn, type Tensor } from 'rushlight';

/** A language model over characters: embedding, GRU, linear. */
export class GruLM extends nn.Module<[Tensor], Tensor> {
  embedding: nn.Embedding;
  gru: nn.GRU;
  head: nn.Linear;

  constructor([characters = 0, width = 0]: number[], { hidden = 0 }: Readonly<Record<string, number>>) {
    super();
    this.embedding = new nn.Embedding(characters, width);
    this.gru = new nn.GRU(width, hidden, { batchFirst: true });
    this.head = new nn.Linear(hidden, characters);
  }

  /** Logits [batch · length, characters] of the characters after x [batch, length]. */
  forward(x: Tensor): Tensor {
    const [states] = this.gru(this.embedding(x));
    return this.head(states).flatten(0, 1);
  }
}
