"""PyTorch as a contender: answers the commands of ../src/contenders/serve.ts. `torch_server.py <threads> <cpu or cuda>`"""

import json
import math
import os
import resource
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(int(sys.argv[1]))
DEVICE = torch.device(sys.argv[2] if len(sys.argv) > 2 else 'cpu')
if DEVICE.type == 'cuda':
    # float32 as everybody else computes it: not rounded to the ten bits of TF32.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False


class Mlp(nn.Module):
    def __init__(self, inputs, hidden, outputs):
        super().__init__()
        self.fc1 = nn.Linear(inputs, hidden)
        self.fc2 = nn.Linear(hidden, outputs)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.dropout1 = nn.Dropout(0.25)
        self.fc1 = nn.Linear(9216, 128)
        self.dropout2 = nn.Dropout(0.5)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(x)))), 2)
        x = torch.flatten(self.dropout1(x), 1)
        return self.fc2(self.dropout2(F.relu(self.fc1(x))))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def attend(self, x, mask):
        batch, length, width = x.shape
        size = width // self.heads
        q, k, v = self.qkv(x).reshape(batch, length, 3, self.heads, size).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) * (1 / math.sqrt(size)) + mask
        mixed = F.softmax(scores, -1) @ v
        return self.proj(mixed.transpose(1, 2).reshape(batch, length, width))

    def forward(self, x, mask):
        x = x + self.attend(self.norm1(x), mask)
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class CharLM(nn.Module):
    def __init__(self, characters, width, context, layers, heads):
        super().__init__()
        self.token = nn.Embedding(characters, width)
        self.position = nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, characters)
        self.register_buffer('mask', torch.full((context, context), -math.inf).triu(1), persistent=False)
        self.register_buffer('positions', torch.arange(context), persistent=False)

    def forward(self, x):
        x = self.token(x) + self.position(self.positions)
        for block in self.blocks:
            x = block(x, self.mask)
        return self.head(self.norm(x)).flatten(0, 1)


class GruLM(nn.Module):
    def __init__(self, characters, width, hidden):
        super().__init__()
        self.embedding = nn.Embedding(characters, width)
        self.gru = nn.GRU(width, hidden, batch_first=True)
        self.head = nn.Linear(hidden, characters)

    def forward(self, x):
        return self.head(self.gru(self.embedding(x))[0]).flatten(0, 1)


def build(kind, settings, shape):
    if kind == 'mlp':
        (hidden, inputs), (outputs, _) = shape('fc1.weight'), shape('fc2.weight')
        return Mlp(inputs, hidden, outputs)
    if kind == 'cnn':
        return Cnn()
    if kind == 'charlm':
        context = shape('position.weight')[0]
        return CharLM(*shape('token.weight'), context, settings['layers'], settings['heads'])
    if kind == 'gru':
        return GruLM(*shape('embedding.weight'), settings['hidden'])
    return None


class Training:
    def __init__(self, workload, arrays, model):
        parameters = {entry['name'] for entry in workload['arrays'] if entry['isParameter']}
        model.load_state_dict({name: array for name, array in arrays.items() if name in parameters})
        self.model = model.to(DEVICE).train(workload['dropout'])
        spec = workload['optimizer']
        self.optimizer = getattr(torch.optim, spec['name'])(model.parameters(), lr=spec['lr'])
        self.criterion = nn.CrossEntropyLoss()
        x, y = arrays['x'], arrays['y'].long()
        x = x.long() if x.dtype == torch.int32 else x
        self.batches = [(x[i].clone(), y[i].reshape(-1).clone()) for i in range(len(x))]
        self.steps = 0

    def step(self):
        x, target = self.batches[self.steps % len(self.batches)]
        self.steps += 1
        self.optimizer.zero_grad(set_to_none=True)
        self.loss = self.criterion(self.model(x), target)
        self.loss.backward()
        self.optimizer.step()

    def finish(self):
        self.loss.item()

    def numbers(self):
        return [self.loss.item()]


def synchronize():
    """Waits until the GPU has done what it was told."""
    if DEVICE.type == 'cuda':
        torch.cuda.synchronize()


def digest(tensor):
    values = tensor.detach().cpu().double().numpy().reshape(-1)
    rms = math.sqrt(np.mean(values * values))
    pattern = (np.arange(values.size) * 7919 % 1013) / 1013 - 0.5
    return [rms, 2 + float(values @ pattern) / math.sqrt(values.size) / rms]


class Kernel:
    """`op` gives the output; with inputs, their gradients are taken, from `grad` or of a scalar."""

    def __init__(self, op, inputs=(), grad=None):
        self.op, self.inputs, self.grad = op, inputs, grad
        for tensor in inputs:
            tensor.requires_grad_()

    def step(self):
        for tensor in self.inputs:
            tensor.grad = None
        self.output = self.op()
        if self.inputs:
            self.output.backward(self.grad)

    def finish(self):
        synchronize()

    def numbers(self):
        outputs = [self.output, *(tensor.grad for tensor in self.inputs)]
        return [number for output in outputs for number in digest(output)]


class AdamKernel:
    def __init__(self, param, grad, lr):
        self.start, self.lr = param.clone(), lr
        self.param = nn.Parameter(param)
        self.param.grad = grad
        self.optimizer = torch.optim.Adam([self.param], lr=lr)

    def step(self):
        self.optimizer.step()

    def finish(self):
        synchronize()

    def numbers(self):
        return digest((self.param.detach().double() - self.start) / self.lr)


def kernel(workload, arrays):
    kind = workload['kind']
    x, grad = arrays.get('x'), arrays.get('grad')
    weight, bias = arrays.get('weight'), arrays.get('bias')
    if kind == 'matmul':
        a, b = arrays['a'], arrays['b']
        return Kernel(lambda: a @ b)
    if kind == 'gelu':
        return Kernel(lambda: F.gelu(x))
    if kind == 'softmax':
        return Kernel(lambda: F.softmax(x, -1), (x,), grad)
    if kind == 'layer-norm':
        return Kernel(lambda: F.layer_norm(x, weight.shape, weight, bias), (x, weight, bias), grad)
    if kind == 'cross-entropy':
        y = arrays['y'].long()
        return Kernel(lambda: F.cross_entropy(x, y), (x,))
    if kind == 'conv':
        settings = workload['settings']
        return Kernel(lambda: F.conv2d(x, weight, **settings), (x, weight), grad)
    if kind == 'adam':
        return AdamKernel(arrays['param'], grad, workload['optimizer']['lr'])
    raise NotImplementedError(f'there is no kernel {kind}')


def read_arrays(workload):
    with open(workload['path'], 'rb') as file:
        data = bytearray(file.read())
    arrays = {}
    for entry in workload['arrays']:
        dtype = getattr(torch, entry['dtype'])
        count = math.prod(entry['shape'])
        array = torch.frombuffer(data, dtype=dtype, count=count, offset=entry['offset'])
        arrays[entry['name']] = array.reshape(entry['shape']).clone().to(DEVICE)
    return arrays


def prepare(workload):
    arrays = read_arrays(workload)
    model = build(workload['kind'], workload['settings'], lambda name: arrays[name].shape)
    return Training(workload, arrays, model) if model else kernel(workload, arrays)


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def run(job, steps):
    cpu, started = cpu_seconds(), time.perf_counter()
    for _ in range(steps):
        job.step()
    job.finish()
    return {'wall': time.perf_counter() - started, 'cpu': cpu_seconds() - cpu}


def reply(answer):
    os.write(1, f'@reply {json.dumps(answer)}\n'.encode())


def main():
    job = None
    reply({'versions': versions()})
    for line in sys.stdin:
        command = json.loads(line)
        try:
            if command['do'] == 'prepare':
                job = None
                job = prepare(command['workload'])
                reply({'ready': True})
            elif command['do'] == 'check':
                for _ in range(command['steps']):
                    job.step()
                numbers = [str(number) for number in job.numbers()]
                reply({'numbers': numbers, 'setup': setup()})
            else:
                reply(run(job, command['steps']))
        except Exception as error:  # whatever it is becomes the entry in the table
            reply({'error': f'{type(error).__name__}: {error}'})


def versions():
    if DEVICE.type == 'cuda':
        return {'torch CUDA': f'{torch.__version__}, CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}'}
    return {'torch': torch.__version__, 'torch BLAS': blas()}


def setup():
    if DEVICE.type == 'cuda':
        return {'description': f'{torch.cuda.get_device_name()}, float32 without TF32'}
    return {'threads': torch.get_num_threads()}


def blas():
    """The BLAS that was loaded, where the system tells."""
    try:
        with open('/proc/self/maps') as maps:
            lines = maps.read()
    except OSError:
        return 'unknown'
    return next((name for name in ('openblas', 'mkl', 'blis', 'accelerate') if name in lines.lower()), 'reference')


main()
