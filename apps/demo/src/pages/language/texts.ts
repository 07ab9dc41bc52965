import type { Texts } from '../../state/language.ts';
import type { Fault } from './own-text.ts';

export interface LanguageTexts {
  readonly title: string;
  readonly lead: string;
  readonly text: string;
  readonly learnFrom: string;
  readonly sources: { readonly en: string; readonly zh: string; readonly own: string };
  readonly edit: string;
  readonly beginning: string;
  readonly drop: string;
  readonly file: string;
  readonly use: string;
  readonly cut: (shown: string) => string;
  readonly long: string;
  readonly unkept: string;
  readonly absent: string;
  readonly faults: Readonly<Record<Fault, string>>;
  readonly facts: (length: string, characters: string) => string;
  readonly rare: (count: string) => string;
  readonly model: string;
  readonly context: string;
  readonly contextUnit: (n: number) => string;
  readonly width: string;
  readonly layers: string;
  readonly heads: string;
  readonly batch: string;
  readonly lr: string;
  readonly seed: string;
  readonly training: string;
  readonly loss: string;
  readonly alone: string;
  readonly guess: string;
  readonly nats: string;
  readonly bits: string;
  readonly unit: string;
  readonly units: { readonly nats: string; readonly bits: string };
  readonly curve: string;
  readonly explainLoss: string;
  readonly writing: string;
  readonly prompt: string;
  readonly promptHint: string;
  readonly temperature: string;
  readonly now: string;
  readonly samples: string;
  readonly atStep: (step: string) => string;
  readonly asked: string;
  readonly missing: (characters: string) => string;
  readonly noSample: string;
  readonly explainSamples: string;
  readonly attention: string;
  readonly explainAttention: string;
  readonly map: (layer: number, head: number) => string;
  readonly mapOf: (layer: number, head: number, text: string) => string;
  readonly maps: string;
  readonly row: string;
  readonly rowValue: (character: string, place: number) => string;
  readonly looks: (character: string, found: string) => string;
  readonly line: string;
  readonly space: string;
}

export const texts: Texts<LanguageTexts> = {
  en: {
    title: 'A small language model',
    lead: 'A transformer reads a text one character at a time and learns to tell which comes next. It begins knowing nothing, not even letters. Press start, and read what it writes after a second, ten seconds, a minute.',
    text: 'Text',
    learnFrom: 'Learn from',
    sources: { en: 'a rhyme in English', zh: 'a rhyme in Chinese', own: 'a text of your own' },
    edit: 'The text: edit it, or paste another',
    beginning: 'How the text begins (it is too long to edit here)',
    drop: 'Or drop a text file anywhere on this page.',
    file: 'Choose a file',
    use: 'Learn this text',
    cut: (shown) => `The text is longer than what is trained on here: its first ${shown} characters are taken.`,
    long: 'The text is too long for a link: it stays in this tab.',
    unkept:
      'The text is too long for a link, and this browser has no room to keep it: loading the page again begins with a rhyme.',
    absent: 'The text of this link is not here: it was too long for a link. Here is a rhyme instead.',
    faults: {
      short: 'That is too short to learn from: give it 200 characters or more. The model keeps the text it has.',
      monotonous:
        'That is the same character again and again: there is nothing to learn. The model keeps the text it has.',
      binary: 'That does not look like text. Save it as plain text, and try again. The model keeps the text it has.',
      unreadable: 'The browser could not read that file. Is it still there? The model keeps the text it has.',
    },
    facts: (length, characters) => `${length} characters, ${characters} different ones`,
    rare: (count) => `${count} rare ones count as one`,
    model: 'Model',
    context: 'Looks back at',
    contextUnit: (n) => `${n} characters`,
    width: 'Width',
    layers: 'Layers',
    heads: 'Heads per layer',
    batch: 'Texts per step',
    lr: 'Learning rate',
    seed: 'Seed',
    training: 'Training',
    loss: 'loss',
    alone: 'characters alone',
    guess: 'pure guessing',
    nats: 'nats per character',
    bits: 'bits per character',
    unit: 'Measured in',
    units: { nats: 'nats', bits: 'bits' },
    curve: 'Loss over steps',
    explainLoss:
      'The loss is how surprised the model is by the next character, on average. Whoever only knows how frequent each character is comes to the entropy of characters alone; what is below that line was learnt from what stands before.',
    writing: 'What it writes',
    prompt: 'Begin with',
    promptHint: 'as the text begins',
    temperature: 'Temperature',
    now: 'Write now',
    samples: 'Samples, the newest first',
    atStep: (step) => `after ${step} steps`,
    asked: 'asked for',
    missing: (characters) => `The text has no “${characters}”: left out.`,
    noSample: 'Nothing yet.',
    explainSamples:
      'Low temperatures take what is likeliest, high ones dare more. The bold part was given; the rest is the model’s.',
    attention: 'Where it looks',
    explainAttention:
      'To guess what follows a character, each head looks back: a row is a character, and the stronger the colour of a square, the more of its attention goes to the character of that column. Nothing looks ahead, so the upper right stays empty. Choose a map to enlarge it.',
    map: (layer, head) => `Layer ${layer}, head ${head}`,
    mapOf: (layer, head, text) => `Attention of head ${head} in layer ${layer} over the text “${text}”`,
    maps: 'Maps of attention',
    row: 'Follow the character',
    rowValue: (character, place) => `${character} at place ${place}`,
    looks: (character, found) => `After ${character} it looks at ${found}.`,
    line: 'end of line',
    space: 'space',
  },
  zh: {
    title: '小型语言模型',
    lead: 'Transformer 逐字阅读一段文本，学着猜下一个字符。一开始它什么也不懂，连字母都不认识。点“开始”，看它在一秒、十秒、一分钟后写出什么。',
    text: '文本',
    learnFrom: '学习的文本',
    sources: { en: '英文童谣', zh: '中文童谣', own: '你自己的文本' },
    edit: '文本：可以修改，或粘贴另一段',
    beginning: '文本开头（太长，无法在此编辑）',
    drop: '也可以把文本文件拖到本页上。',
    file: '选择文件',
    use: '学习这段文本',
    cut: (shown) => `文本超出了这里能训练的长度：只取前 ${shown} 个字符。`,
    long: '文本太长，放不进链接：它只保留在此标签页中。',
    unkept: '文本太长，放不进链接，浏览器也没有空间保存它：重新加载页面后将从童谣开始。',
    absent: '链接里的文本不在这里：它太长，放不进链接。先用一首童谣代替。',
    faults: {
      short: '文本太短，学不到东西：请给出至少 200 个字符。模型继续使用原来的文本。',
      monotonous: '全是同一个字符，没有可学的内容。模型继续使用原来的文本。',
      binary: '这看起来不是文本。请另存为纯文本后再试。模型继续使用原来的文本。',
      unreadable: '浏览器无法读取该文件，它还在吗？模型继续使用原来的文本。',
    },
    facts: (length, characters) => `共 ${length} 个字符，其中不同的 ${characters} 个`,
    rare: (count) => `${count} 个罕见字符合并为一个`,
    model: '模型',
    context: '往回看',
    contextUnit: (n) => `${n} 个字符`,
    width: '宽度',
    layers: '层数',
    heads: '每层的头数',
    batch: '每步的片段数',
    lr: '学习率',
    seed: '随机种子',
    training: '训练',
    loss: '损失',
    alone: '仅凭字频',
    guess: '纯粹瞎猜',
    nats: '奈特/字符',
    bits: '比特/字符',
    unit: '单位',
    units: { nats: '奈特', bits: '比特' },
    curve: '损失随步数的变化',
    explainLoss:
      '损失是模型对下一个字符平均感到多意外。只知道每个字符出现频率的人，损失等于字符本身的熵；低于那条线的部分，都是从前文中学来的。',
    writing: '它写的文字',
    prompt: '开头',
    promptHint: '与文本的开头相同',
    temperature: '温度',
    now: '现在就写',
    samples: '样本（最新的在前）',
    atStep: (step) => `${step} 步之后`,
    asked: '手动生成',
    missing: (characters) => `文本中没有“${characters}”，已略去。`,
    noSample: '还没有。',
    explainSamples: '温度低时总取最可能的字符，温度高时更大胆。粗体是给定的开头，其余由模型写出。',
    attention: '它看向哪里',
    explainAttention:
      '为了猜出一个字符之后是什么，每个头都往回看：每一行是一个字符，方格颜色越浓，表示它越关注该列的字符。谁也看不到后文，所以右上角是空的。点选一张图可以放大。',
    map: (layer, head) => `第 ${layer} 层，第 ${head} 头`,
    mapOf: (layer, head, text) => `第 ${layer} 层第 ${head} 个头在文本“${text}”上的注意力`,
    maps: '注意力图',
    row: '跟随字符',
    rowValue: (character, place) => `第 ${place} 个字符 ${character}`,
    looks: (character, found) => `在 ${character} 之后，它看向 ${found}。`,
    line: '换行',
    space: '空格',
  },
};
