// The pages, each loaded when it is looked at.

import type { ComponentType } from 'preact';
import type { Texts } from '../state/language.ts';
import type { pageNames } from './page-names.ts';

export interface PageEntry {
  /** In the address. */
  readonly name: (typeof pageNames)[number];
  readonly title: Texts<string>;
  /** What it is, in a sentence. */
  readonly about: Texts<string>;
  /** Whether it trains one network, on the backend of the visitor's choice. */
  readonly trains?: boolean;
  readonly load: () => Promise<ComponentType>;
}

export const pages: readonly PageEntry[] = [
  {
    name: 'cross-entropy',
    title: { en: 'Cross-entropy', zh: '交叉熵' },
    about: {
      en: 'What the loss of classification is: drag the logits, and see probabilities, loss and gradient answer.',
      zh: '分类损失究竟是什么：拖动 logits，看概率、损失与梯度如何随之变化。',
    },
    load: async () => (await import('./cross-entropy/page.tsx')).CrossEntropyPage,
  },
  {
    name: 'playground',
    title: { en: 'Playground', zh: '游乐场' },
    about: {
      en: 'Points in a plane, layers to add, and a decision boundary that moves as the network learns.',
      zh: '平面上的点、可增减的层，以及随学习移动的决策边界。',
    },
    trains: true,
    load: async () => (await import('./playground/page.tsx')).PlaygroundPage,
  },
  {
    name: 'digits',
    title: { en: 'Digits', zh: '手写数字' },
    about: {
      en: 'A convolutional network learns to read in half a minute. Then draw a digit yourself.',
      zh: '卷积网络半分钟学会识字，然后亲手写一个数字试试。',
    },
    trains: true,
    load: async () => (await import('./digits/page.tsx')).DigitsPage,
  },
  {
    name: 'language',
    title: { en: 'Language model', zh: '语言模型' },
    about: {
      en: 'A character transformer learns from a text of yours, and its samples improve as you watch.',
      zh: '字符级 Transformer 从你的文本中学习，看它生成的文字越来越像样。',
    },
    trains: true,
    load: async () => (await import('./language/page.tsx')).LanguagePage,
  },
  {
    name: 'speed',
    title: { en: 'Speed', zh: '速度' },
    about: {
      en: 'The same kernels and training steps on each backend of this machine, in GFLOP/s and steps per second.',
      zh: '在本机的各个后端上运行相同的内核与训练步骤，给出 GFLOP/s 与每秒步数。',
    },
    load: async () => (await import('./speed/page.tsx')).SpeedPage,
  },
];
