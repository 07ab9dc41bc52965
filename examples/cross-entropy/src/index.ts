// Cross-entropy, the way every PyTorch beginner meets it. Run: node --conditions=@rushlight/source src/index.ts
import { data, manualSeed, nn, optim, randn, tensor, useBackend, type Tensor } from 'rushlight';

await useBackend('auto');
manualSeed(0);

// Ten samples, five classes: the loss of guessing at random is a little above ln 5 = 1.61.
const logits = randn([10, 5], { requiresGrad: true });
const targets = tensor([1, 0, 4, 2, 3, 1, 0, 4, 2, 3], { dtype: 'int32' });
const criterion = new nn.CrossEntropyLoss();
const guess = criterion(logits, targets);
guess.backward();
console.log(`Cross-entropy of random logits: ${(await guess.item()).toFixed(4)}`);
// Its gradient is (softmax(logits) − one-hot(targets)) / 10, so each row of it sums to 0.
console.log(`Gradient of the first row: ${String(logits.grad?.select(0, 0))}`);

class MyModel extends nn.Module {
  fc1 = new nn.Linear(10, 5);
  fc2 = new nn.Linear(5, 2);
  forward(x: Tensor): Tensor {
    return this.fc2(this.fc1(x).relu());
  }
}

// Which side of a plane a point lies on.
const points = randn([640, 10]);
const sides = points
  .matmul(randn([10]))
  .gt(0)
  .to('int32');
const loader = new data.DataLoader(new data.TensorDataset(points, sides), { batchSize: 16, shuffle: true });

const model = new MyModel();
const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
const epochs = 3;
for (let epoch = 1; epoch <= epochs; epoch++) {
  let step = 0;
  for await (const [x, target] of loader) {
    optimizer.zeroGrad();
    const loss = criterion(model(x), target);
    loss.backward();
    optimizer.step();
    if (step++ % 10 === 0) {
      const seen = (step - 1) * 16;
      const percent = Math.round((100 * seen) / points.size(0));
      console.log(
        `Train Epoch: ${epoch} [${seen}/${points.size(0)} (${percent}%)]\tLoss: ${(await loss.item()).toFixed(6)}`,
      );
    }
  }
}
const right = await model(points).argmax(1).eq(sides).sum().item();
console.log(`Accuracy: ${right}/${points.size(0)}`);
