import { nn, type Tensor } from 'rushlight';

/** The network of PyTorch's MNIST example. */
export class Cnn extends nn.Module<[Tensor], Tensor> {
  conv1 = new nn.Conv2d(1, 32, 3);
  conv2 = new nn.Conv2d(32, 64, 3);
  pool = new nn.MaxPool2d(2);
  dropout1 = new nn.Dropout({ p: 0.25 });
  fc1 = new nn.Linear(9216, 128);
  dropout2 = new nn.Dropout({ p: 0.5 });
  fc2 = new nn.Linear(128, 10);

  forward(x: Tensor): Tensor {
    const features = this.dropout1(this.pool(this.conv2(this.conv1(x).relu()).relu()));
    return this.fc2(this.dropout2(this.fc1(features.flatten(1)).relu()));
  }
}
