import type { Texts } from '../../state/language.ts';
import type { Activation, SetName } from './config.ts';
import type { PointsProblem } from './own-points.ts';

export interface PlaygroundTexts {
  readonly title: string;
  readonly lead: string;
  readonly tries: string;
  readonly tryLine: string;
  readonly trySpirals: string;
  readonly tryNoise: string;
  readonly tryLeap: string;
  readonly plane: string;
  readonly planeLabel: (train: number, test: number, classes: number, accuracy: string) => string;
  readonly planeNaN: string;
  readonly planeWaits: string;
  readonly classOf: (k: number) => string;
  readonly shapes: readonly [string, string, string, string];
  readonly filled: string;
  readonly hollow: string;
  readonly curves: string;
  readonly trained: string;
  readonly tested: string;
  readonly loss: string;
  readonly accuracy: string;
  readonly lossChart: string;
  readonly accuracyChart: string;
  readonly steps: string;
  readonly data: string;
  readonly set: string;
  readonly sets: Readonly<Record<SetName, string>>;
  readonly classes: string;
  readonly noise: string;
  readonly noNoise: string;
  readonly points: string;
  readonly testShare: string;
  readonly redraw: string;
  readonly training: string;
  readonly activation: string;
  readonly activations: Readonly<Record<Activation, string>>;
  readonly optimizer: string;
  readonly lr: string;
  readonly lrNote: string;
  readonly momentum: string;
  readonly batch: string;
  readonly decay: string;
  readonly none: string;
  readonly own: {
    readonly title: string;
    readonly hint: string;
    readonly needed: string;
    readonly paint: string;
    readonly undo: string;
    readonly clear: string;
    readonly asText: string;
    readonly textHint: string;
    readonly apply: string;
    readonly applied: (n: number) => string;
    readonly full: (n: number) => string;
    readonly broken: string;
  };
  readonly problems: Readonly<Record<PointsProblem['problem'], (line: number) => string>>;
  readonly network: string;
  readonly networkLead: string;
  readonly hidden: (k: number) => string;
  readonly output: string;
  readonly units: (n: number) => string;
  readonly fewer: (k: number) => string;
  readonly more: (k: number) => string;
  readonly add: string;
  readonly remove: (k: number) => string;
  readonly removeShort: string;
  readonly unitsLabel: (n: number, name: string) => string;
  readonly weights: string;
  readonly gradients: string;
  readonly heatLabel: (what: string, rows: number, cols: number, low: string, high: string) => string;
  readonly heatRange: (low: string, high: string) => string;
  readonly negative: string;
  readonly zero: string;
  readonly positive: string;
}

export const texts: Texts<PlaygroundTexts> = {
  en: {
    title: 'Playground',
    lead: 'A small network learns to tell the classes of points in a plane apart. The colours show which class it expects at each place, and how sure it is: pale is undecided.',
    tries: 'Things to try',
    tryLine: 'A line is not enough',
    trySpirals: 'Wind around a spiral',
    tryNoise: 'Learn noise by heart',
    tryLeap: 'Take far too large steps',
    plane: 'The plane',
    planeLabel: (train, test, classes, accuracy) =>
      `The plane, coloured by the class that the network expects. ${train} training points and ${test} test points of ${classes} classes; ${accuracy}`,
    planeNaN: 'The network gives no numbers any more: what was coloured is hatched.',
    planeWaits: 'The plane; the network is being made.',
    classOf: (k) => `class ${k}`,
    shapes: ['circles', 'squares', 'triangles', 'diamonds'],
    filled: 'filled: training',
    hollow: 'hollow: test',
    curves: 'How well it does',
    trained: 'training',
    tested: 'test',
    loss: 'Loss',
    accuracy: 'Accuracy',
    lossChart: 'Loss over steps',
    accuracyChart: 'Accuracy over steps, in per cent',
    steps: 'Steps',
    data: 'Data',
    set: 'Set',
    sets: {
      moons: 'moons',
      circles: 'circles',
      spirals: 'spirals',
      blobs: 'blobs',
      xor: 'exclusive or',
      own: 'your own points',
    },
    classes: 'Classes',
    noise: 'Noise (σ)',
    noNoise: 'none',
    points: 'Points',
    testShare: 'Kept for testing',
    redraw: 'Draw anew',
    training: 'Training',
    activation: 'Activation',
    activations: { relu: 'ReLU', tanh: 'tanh', sigmoid: 'sigmoid', gelu: 'GELU', silu: 'SiLU', none: 'none' },
    optimizer: 'Optimizer',
    lr: 'Learning rate',
    lrNote: 'The learning rate changes while it trains. Anything else begins anew.',
    momentum: 'Momentum',
    batch: 'Batch size',
    decay: 'Weight decay',
    none: 'none',
    own: {
      title: 'Your own points',
      hint: 'Click into the plane to put points there. They are kept in the address.',
      needed: 'It takes points of two classes to learn something. Click into the plane, or write them below.',
      paint: 'New points are of',
      undo: 'Take back the last',
      clear: 'Remove all',
      asText: 'As text',
      textHint: 'A line for each point: x, y and class. Coordinates from −1.5 to 1.5, classes from 0 to 3.',
      apply: 'Take these points',
      applied: (n) => `${n} points taken.`,
      full: (n) => `There are ${n} points already, and no more fit into the address. Take some back first.`,
      broken: 'The points in the address could not be read, so there are none.',
    },
    problems: {
      shape: (line) => `Line ${line} does not have three numbers: x, y and class.`,
      number: (line) => `In line ${line}, x or y is not a number.`,
      range: (line) => `The point in line ${line} lies outside of the plane, which goes from −1.5 to 1.5.`,
      class: (line) => `The class in line ${line} is none of 0, 1, 2 and 3.`,
      many: (line) => `From line ${line} on there are more points than the address holds, which is 300.`,
    },
    network: 'The network',
    networkLead:
      'Each picture is one unit: where in the plane it is above zero and where below, before its activation; the pale line between is its own boundary. In the heat maps a row is a unit and a column an input, the last one the bias. Gradients are those of the loss over all training points.',
    hidden: (k) => `Hidden layer ${k}`,
    output: 'Output: a unit for each class',
    units: (n) => (n === 1 ? '1 unit' : `${n} units`),
    fewer: (k) => `One unit fewer in hidden layer ${k}`,
    more: (k) => `One unit more in hidden layer ${k}`,
    add: 'Add a layer',
    remove: (k) => `Remove hidden layer ${k}`,
    removeShort: 'Remove',
    unitsLabel: (n, name) =>
      `${name}: ${n === 1 ? 'a picture of its unit' : `pictures of its ${n} units`} over the plane`,
    weights: 'Weights',
    gradients: 'Gradients',
    heatLabel: (what, rows, cols, low, high) => `${what}: ${rows} by ${cols}, from ${low} to ${high}`,
    heatRange: (low, high) => `${low} … ${high}`,
    negative: 'below zero',
    zero: 'zero',
    positive: 'above zero',
  },
  zh: {
    title: '游乐场',
    lead: '一个小网络学习区分平面上各类的点。颜色表示网络在各处预期的类别及其把握：颜色越淡，越拿不定。',
    tries: '可以试试',
    tryLine: '一条直线不够',
    trySpirals: '绕着螺旋走',
    tryNoise: '把噪声背下来',
    tryLeap: '步子迈得太大',
    plane: '平面',
    planeLabel: (train, test, classes, accuracy) =>
      `平面，按网络预期的类别着色。${train} 个训练点和 ${test} 个测试点，共 ${classes} 类；${accuracy}`,
    planeNaN: '网络已给不出数值：原先着色之处画成了斜纹。',
    planeWaits: '平面；正在创建网络。',
    classOf: (k) => `类别 ${k}`,
    shapes: ['圆', '方块', '三角', '菱形'],
    filled: '实心：训练',
    hollow: '空心：测试',
    curves: '效果如何',
    trained: '训练',
    tested: '测试',
    loss: '损失',
    accuracy: '准确率',
    lossChart: '损失随步数的变化',
    accuracyChart: '准确率随步数的变化，单位为百分比',
    steps: '步数',
    data: '数据',
    set: '数据集',
    sets: { moons: '月牙', circles: '圆环', spirals: '螺旋', blobs: '团块', xor: '异或', own: '自己的点' },
    classes: '类别数',
    noise: '噪声（σ）',
    noNoise: '无',
    points: '点数',
    testShare: '留作测试',
    redraw: '重新抽取',
    training: '训练',
    activation: '激活函数',
    activations: { relu: 'ReLU', tanh: 'tanh', sigmoid: 'sigmoid', gelu: 'GELU', silu: 'SiLU', none: '无' },
    optimizer: '优化器',
    lr: '学习率',
    lrNote: '学习率可在训练中途改变；改动其他设置则重新开始。',
    momentum: '动量',
    batch: '批大小',
    decay: '权重衰减',
    none: '无',
    own: {
      title: '自己的点',
      hint: '点击平面即可放置点。它们保存在网址中。',
      needed: '至少要有两个类别的点才能学习。请点击平面，或在下方写入。',
      paint: '新点的类别',
      undo: '撤销上一个',
      clear: '全部移除',
      asText: '文本形式',
      textHint: '每行一个点：x、y 和类别。坐标从 −1.5 到 1.5，类别从 0 到 3。',
      apply: '采用这些点',
      applied: (n) => `已采用 ${n} 个点。`,
      full: (n) => `已有 ${n} 个点，网址中放不下更多。请先撤销一些。`,
      broken: '无法读取网址中的点，因此这里没有点。',
    },
    problems: {
      shape: (line) => `第 ${line} 行不是三个数：x、y 和类别。`,
      number: (line) => `第 ${line} 行的 x 或 y 不是数。`,
      range: (line) => `第 ${line} 行的点在平面之外，平面从 −1.5 到 1.5。`,
      class: (line) => `第 ${line} 行的类别不是 0、1、2、3 之一。`,
      many: (line) => `从第 ${line} 行起，点数超过了网址所能容纳的 300 个。`,
    },
    network: '网络',
    networkLead:
      '每张小图是一个单元：激活之前，它在平面何处大于零、何处小于零；中间的淡色线就是它自己的边界。热力图中每行是一个单元，每列是一个输入，最后一列是偏置。梯度是全部训练点上损失的梯度。',
    hidden: (k) => `隐藏层 ${k}`,
    output: '输出层：每类一个单元',
    units: (n) => `${n} 个单元`,
    fewer: (k) => `隐藏层 ${k} 减少一个单元`,
    more: (k) => `隐藏层 ${k} 增加一个单元`,
    add: '添加一层',
    remove: (k) => `移除隐藏层 ${k}`,
    removeShort: '移除',
    unitsLabel: (n, name) => `${name}：${n} 个单元在平面上的图像`,
    weights: '权重',
    gradients: '梯度',
    heatLabel: (what, rows, cols, low, high) => `${what}：${rows} 行 ${cols} 列，从 ${low} 到 ${high}`,
    heatRange: (low, high) => `${low} … ${high}`,
    negative: '小于零',
    zero: '零',
    positive: '大于零',
  },
};
