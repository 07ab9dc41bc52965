// The models that `--model` names, for images [N, 1, 28, 28] of ten classes.

import { nn, type Tensor } from 'rushlight';

class CNN extends nn.Module {
  conv1 = new nn.Conv2d(1, 8, 3);
  conv2 = new nn.Conv2d(8, 16, 3);
  fc = new nn.Linear(400, 10);

  forward(x: Tensor): Tensor {
    const { maxPool2d } = nn.functional;
    const first = maxPool2d(this.conv1(x).relu(), 2);
    const second = maxPool2d(this.conv2(first).relu(), 2);
    return this.fc(second.flatten(1));
  }
}

/** The network of PyTorch's MNIST example: fifty times the work of the small one. */
class ConvNet extends nn.Module {
  conv1 = new nn.Conv2d(1, 32, 3);
  conv2 = new nn.Conv2d(32, 64, 3);
  dropout1 = new nn.Dropout({ p: 0.25 });
  dropout2 = new nn.Dropout({ p: 0.5 });
  fc1 = new nn.Linear(9216, 128);
  fc2 = new nn.Linear(128, 10);

  forward(x: Tensor): Tensor {
    const features = nn.functional.maxPool2d(this.conv2(this.conv1(x).relu()).relu(), 2);
    const hidden = this.fc1(this.dropout1(features).flatten(1)).relu();
    return this.fc2(this.dropout2(hidden));
  }
}

class MLP extends nn.Module {
  fc1 = new nn.Linear(784, 128);
  fc2 = new nn.Linear(128, 10);

  forward(x: Tensor): Tensor {
    return this.fc2(this.fc1(x.flatten(1)).relu());
  }
}

class Linear extends nn.Module {
  fc = new nn.Linear(784, 10);

  forward(x: Tensor): Tensor {
    return this.fc(x.flatten(1));
  }
}

/** What `--model` may be. */
export const models = {
  cnn: () => new CNN(),
  convnet: () => new ConvNet(),
  mlp: () => new MLP(),
  linear: () => new Linear(),
};
