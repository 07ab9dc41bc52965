// What is learnt from: the embedded digits, or the visitor's own IDX files.

import { useEffect, useState } from 'preact/hooks';
import { language, useTexts, type Texts } from '../../state/language.ts';
import type { Session } from '../../training/session.ts';
import { Button, Panel } from '../../ui/controls.tsx';
import { FileChoice } from '../../ui/file-choice.tsx';
import { isOfWeights, type Drops } from '../../ui/use-drops.ts';
import { nothingChosen, pairOf, withFile, type Chosen } from './chosen-files.ts';
import { fetchMnist } from './fetch-mnist.ts';
import { fewestImages, type ImagesFound, type WrongFile } from './file-facts.ts';
import type { ChosenFiles, DigitsConfig, DigitsView, Facts } from './protocol.ts';

interface DataTexts {
  readonly title: string;
  readonly embedded: string;
  readonly own: string;
  readonly counts: (training: string, heldOut: string) => string;
  readonly about: string;
  readonly choose: string;
  readonly drop: string;
  readonly fetch: string;
  readonly fetching: string;
  readonly back: string;
  readonly looking: string;
  readonly images: (count: string) => string;
  readonly labels: (count: string) => string;
  readonly unequal: (images: string, labels: string) => string;
  readonly busy: string;
  readonly unreachable: string;
  readonly wrong: (name: string, why: WrongFile) => string;
}

const texts: Texts<DataTexts> = {
  en: {
    title: 'Data',
    embedded: 'The embedded digits, which a program has drawn.',
    own: 'Your files. They stay on this machine, and a link does not carry them.',
    counts: (training, heldOut) => `${training} to learn from, ${heldOut} held out.`,
    about: 'Or images and labels as IDX files, gzipped or not, such as those of MNIST: 28 × 28 pixels, classes 0 to 9.',
    choose: 'Choose files',
    drop: 'or drop them here',
    fetch: 'Fetch MNIST (10 MB)',
    fetching: 'Fetching …',
    back: 'Back to the embedded digits',
    looking: 'Looking into the files …',
    images: (count) => `${count} images. Now choose their labels.`,
    labels: (count) => `${count} labels. Now choose their images.`,
    unequal: (images, labels) =>
      `There are ${images} images and ${labels} labels: they are of different sets. Choose the other file of one of them.`,
    busy: 'The run did not answer. Reset it, and choose the files again.',
    unreachable: 'MNIST cannot be fetched from here. Download its two training files yourself, and choose them.',
    wrong: (name, why) => {
      switch (why.reason) {
        case 'large':
          return `${name} has ${Math.round(why.bytes / 1e6)} MB, and this page takes files of up to 100 MB.`;
        case 'damaged':
          return `${name} is no IDX file that can be read.`;
        case 'shape':
          return `${name} holds an array of shape [${why.shape.join(', ')}]. Images have three sizes, labels one, and both are bytes.`;
        case 'size':
          return `The images in ${name} have ${why.rows} × ${why.cols} pixels, and this network reads 28 × 28.`;
        case 'label':
          return `${name} has the label ${why.label}, and this network tells the classes 0 to 9 apart.`;
        case 'few':
          return `${name} has ${why.count} entries. There should be at least ${fewestImages} to learn from.`;
      }
    },
  },
  zh: {
    title: '数据',
    embedded: '内置的数字，由程序绘制而成。',
    own: '你的文件。它们只留在本机，链接不会带上它们。',
    counts: (training, heldOut) => `${training} 个用于学习，${heldOut} 个留出。`,
    about: '也可以使用 IDX 格式的图像与标签（可用 gzip 压缩），例如 MNIST：28 × 28 像素，类别 0 到 9。',
    choose: '选择文件',
    drop: '或拖放到这里',
    fetch: '下载 MNIST（10 MB）',
    fetching: '下载中……',
    back: '回到内置的数字',
    looking: '正在检查文件……',
    images: (count) => `${count} 张图像。请再选择对应的标签。`,
    labels: (count) => `${count} 个标签。请再选择对应的图像。`,
    unequal: (images, labels) =>
      `有 ${images} 张图像和 ${labels} 个标签：它们不属于同一数据集。请重新选择其中一个文件。`,
    busy: '运行没有回应。请重置后重新选择文件。',
    unreachable: '无法从这里下载 MNIST。请自行下载它的两个训练文件，再在此选择。',
    wrong: (name, why) => {
      switch (why.reason) {
        case 'large':
          return `${name} 有 ${Math.round(why.bytes / 1e6)} MB，本页最多接受 100 MB 的文件。`;
        case 'damaged':
          return `${name} 不是可读取的 IDX 文件。`;
        case 'shape':
          return `${name} 中数组的形状是 [${why.shape.join(', ')}]。图像应有三个维度，标签应有一个，且都是字节。`;
        case 'size':
          return `${name} 中的图像是 ${why.rows} × ${why.cols} 像素，而此网络读取 28 × 28。`;
        case 'label':
          return `${name} 中有标签 ${why.label}，而此网络只区分类别 0 到 9。`;
        case 'few':
          return `${name} 只有 ${why.count} 项。至少需要 ${fewestImages} 项。`;
      }
    },
  },
};

type Doing = 'nothing' | 'looking' | 'fetching' | 'busy' | 'unreachable';

export interface DataPanelProps {
  readonly session: Session<DigitsConfig, DigitsView>;
  readonly facts: Facts | undefined;
  readonly files: ChosenFiles | undefined;
  readonly drops: Drops;
  readonly onFiles: (files: Omit<ChosenFiles, 'id'> | undefined) => void;
}

export function DataPanel({ session, facts, files, drops, onFiles }: DataPanelProps) {
  const t = useTexts(texts);
  const number = (value: number): string => value.toLocaleString(language.value);
  const [chosen, setChosen] = useState<Chosen>(nothingChosen);
  const [doing, setDoing] = useState<Doing>('nothing');

  const take = async (all: readonly File[]): Promise<void> => {
    if (all.length === 0) return;
    setDoing('looking');
    let next: Chosen = { ...chosen, wrong: [] };
    // More than a few are no set: a folder, by mistake.
    for (const file of all.slice(0, 4)) {
      const found = await session.ask<ImagesFound | undefined>({ kind: 'inspect', file, name: file.name }).catch(() => undefined); // prettier-ignore
      if (!found) return setDoing('busy');
      next = withFile(next, file, found);
    }
    const pair = pairOf(next);
    if (pair) onFiles(pair);
    setChosen(pair ? { wrong: next.wrong } : next);
    setDoing('nothing');
  };
  useEffect(() => {
    void take(drops.dropped.filter((file) => !isOfWeights(file)));
  }, [drops.dropped]);
  const fetchAll = async (): Promise<void> => {
    setDoing('fetching');
    try {
      await take(await fetchMnist());
    } catch {
      setDoing('unreachable');
    }
  };
  const back = (): void => {
    setChosen(nothingChosen);
    onFiles(undefined);
  };

  const { images, labels, wrong } = chosen;
  return (
    <Panel title={t.title}>
      <p data-testid="data">
        {files ? t.own : t.embedded} {facts && t.counts(number(facts.training), number(facts.heldOut))}
      </p>
      {files && <Button onClick={back}>{t.back}</Button>}
      <div class={drops.isOver ? 'drop over' : 'drop'} data-testid="drop">
        <p class="hint">{t.about}</p>
        <FileChoice
          label={t.choose}
          accept=".gz,.idx,.idx1,.idx3,*/*"
          many
          testId="idx"
          onChoose={(all) => void take(all)}
        />
        <span class="hint">{t.drop}</span>
      </div>
      <Button disabled={doing === 'fetching'} onClick={() => void fetchAll()}>
        {t.fetch}
      </Button>
      <div role="status" data-testid="data-notice">
        {doing === 'looking' && <p class="hint">{t.looking}</p>}
        {doing === 'fetching' && <p class="hint">{t.fetching}</p>}
        {(doing === 'busy' || doing === 'unreachable') && <p class="notice">{t[doing]}</p>}
        {wrong.map(({ name, why }) => (
          <div key={name} class="notice">
            <p>{t.wrong(name, why)}</p>
            {why.reason === 'damaged' && <p class="detail">{why.detail}</p>}
          </div>
        ))}
        {images && labels && <p class="notice">{t.unequal(number(images.count), number(labels.count))}</p>}
        {images && !labels && <p class="notice">{t.images(number(images.count))}</p>}
        {labels && !images && <p class="notice">{t.labels(number(labels.count))}</p>}
      </div>
    </Panel>
  );
}
