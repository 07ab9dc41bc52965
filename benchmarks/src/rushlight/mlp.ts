import { nn, type Tensor } from 'rushlight';

/** Two linear layers; their shapes are those of the weights, [out, in]. */
export class Mlp extends nn.Module<[Tensor], Tensor> {
  fc1: nn.Linear;
  fc2: nn.Linear;

  constructor([hidden = 0, inputs = 0]: number[], [outputs = 0]: number[]) {
    super();
    this.fc1 = new nn.Linear(inputs, hidden);
    this.fc2 = new nn.Linear(hidden, outputs);
  }

  forward(x: Tensor): Tensor {
    return this.fc2(this.fc1(x).relu());
  }
}
