import type { Texts } from '../../state/language.ts';
import type { WorkloadName } from './workload-list.ts';

export interface SpeedTexts {
  readonly title: string;
  readonly lead: string;
  readonly what: string;
  readonly on: string;
  readonly time: string;
  readonly seconds: (seconds: number) => string;
  readonly start: string;
  readonly stop: string;
  readonly again: string;
  readonly none: string;
  readonly progress: (workload: string, backend: string) => string;
  readonly opening: string;
  readonly done: string;
  readonly stopped: string;
  readonly failed: string;
  readonly about: (done: number, all: number) => string;
  readonly results: string;
  readonly table: string;
  readonly workload: string;
  readonly unmeasured: string;
  readonly notRun: string;
  readonly devices: string;
  readonly absent: string;
  readonly software: string;
  readonly softwareLong: string;
  readonly explain: string;
  readonly abouts: Readonly<Record<WorkloadName, string>>;
  readonly markdown: string;
  readonly explainMarkdown: string;
  readonly machine: (cores: number, agent: string) => string;
}

export const texts: Texts<SpeedTexts> = {
  en: {
    title: 'How fast is this machine?',
    lead: 'The same kernels and the same steps of training on each backend, one after the other, each for a fixed short time after it has warmed up. Everything runs here, and nothing is sent anywhere.',
    what: 'Measure',
    on: 'On',
    time: 'Time for each number',
    seconds: (seconds) => `${seconds} s`,
    start: 'Measure',
    stop: 'Stop',
    again: 'Measure again',
    none: 'Choose a backend at least.',
    progress: (workload, backend) => `${workload} on ${backend}`,
    opening: 'Getting ready …',
    done: 'Done.',
    stopped: 'Stopped: what was measured so far stays.',
    failed: 'The measuring ended of itself. Try again, with fewer backends perhaps.',
    about: (done, all) => `${done} of ${all}`,
    results: 'Results',
    table: 'Table of results',
    workload: 'What',
    unmeasured: 'not measured',
    notRun: 'did not run:',
    devices: 'What it ran on',
    absent: 'Not here:',
    software: 'a program on the CPU, no GPU',
    softwareLong:
      'This adapter is a program that computes on the CPU and no GPU: the numbers say nothing of WebGPU on a GPU.',
    explain:
      'More is faster; a bar is as long as its number is a part of the row’s largest. A number is the median of several turns, and half of the turns lie within its ±. Other tabs, a battery and a warm case make for smaller numbers.',
    abouts: {
      'matmul 256': 'two 256 × 256 matrices',
      'matmul 512': 'two 512 × 512 matrices',
      'matmul 1024': 'two 1024 × 1024 matrices',
      'conv 3×3': '16 images of 32 × 32, 32 channels to 32',
      softmax: '1024 rows of 1024, read once, written once',
      'layer norm': '1024 rows of 1024, read once, written once',
      'train MLP': '784-128-10, batches of 64, Adam',
      'train CNN': '2 convolutions, pooling, batches of 64, Adam',
    },
    markdown: 'As Markdown',
    explainMarkdown: 'To paste into an issue or a mail.',
    machine: (cores, agent) => `${cores} logical cores, ${agent}`,
  },
  zh: {
    title: '这台机器有多快？',
    lead: '同样的内核、同样的训练步骤，在各个后端上依次运行；每项预热之后测量固定的一小段时间。一切都在本机运行，不会上传任何数据。',
    what: '测量',
    on: '后端',
    time: '每个数字的测量时间',
    seconds: (seconds) => `${seconds} 秒`,
    start: '开始测量',
    stop: '停止',
    again: '重新测量',
    none: '请至少选择一个后端。',
    progress: (workload, backend) => `${backend} 上的 ${workload}`,
    opening: '准备中……',
    done: '完成。',
    stopped: '已停止：已测得的结果会保留。',
    failed: '测量意外终止。请重试，也可以少选几个后端。',
    about: (done, all) => `${done} / ${all}`,
    results: '结果',
    table: '结果表',
    workload: '项目',
    unmeasured: '未测量',
    notRun: '无法运行：',
    devices: '运行环境',
    absent: '此处不可用：',
    software: '由 CPU 上的程序模拟，不是 GPU',
    softwareLong: '这个适配器是在 CPU 上计算的程序，不是 GPU：这些数字不能说明 WebGPU 在 GPU 上的速度。',
    explain:
      '数字越大越快；条的长度是该数字与本行最大值之比。每个数字是若干轮的中位数，半数轮次落在 ± 之内。其他标签页、电池供电和机身发热都会让数字变小。',
    abouts: {
      'matmul 256': '两个 256 × 256 矩阵',
      'matmul 512': '两个 512 × 512 矩阵',
      'matmul 1024': '两个 1024 × 1024 矩阵',
      'conv 3×3': '16 张 32 × 32 的图像，32 通道到 32 通道',
      softmax: '1024 行 × 1024 列，读一次、写一次',
      'layer norm': '1024 行 × 1024 列，读一次、写一次',
      'train MLP': '784-128-10，批量 64，Adam',
      'train CNN': '两层卷积与池化，批量 64，Adam',
    },
    markdown: 'Markdown 格式',
    explainMarkdown: '可以粘贴到 issue 或邮件中。',
    machine: (cores, agent) => `${cores} 个逻辑核心，${agent}`,
  },
};
