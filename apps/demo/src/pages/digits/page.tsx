import { useEffect, useMemo, useState } from 'preact/hooks';
import { useTexts, type Texts } from '../../state/language.ts';
import { choice, number, settings } from '../../state/url.ts';
import { Chart } from '../../ui/chart.tsx';
import { OpenInProject } from '../../ui/code.tsx';
import { Panel, Select, Slider } from '../../ui/controls.tsx';
import { RunControls } from '../../ui/run-controls.tsx';
import { useDrops } from '../../ui/use-drops.ts';
import { useSession } from '../../ui/use-session.ts';
import { WeightsPanel } from '../../ui/weights-panel.tsx';
import { Confusion } from './confusion.tsx';
import { joinCurves } from './curves.ts';
import { DataPanel } from './data-panel.tsx';
import './digits.css';
import { Drawing } from './drawing.tsx';
import { exampleCode } from './example.ts';
import { Filters } from './filters.tsx';
import { Mistakes } from './mistakes.tsx';
import type { ChosenFiles, DigitsConfig, DigitsView, Facts } from './protocol.ts';

interface PageTexts {
  readonly title: string;
  readonly lead: string;
  readonly training: string;
  readonly accuracy: string;
  readonly lr: string;
  readonly batch: string;
  readonly filters: string;
  readonly size: string;
  readonly seed: string;
  readonly pixels: (side: string) => string;
  readonly curves: string;
  readonly lossCurve: string;
  readonly accuracyCurve: string;
  readonly trainLoss: string;
  readonly heldOutLoss: string;
  readonly percent: string;
  readonly confusion: string;
  readonly mistakes: string;
  readonly later: string;
}

const texts: Texts<PageTexts> = {
  en: {
    title: 'Digits',
    lead: 'A small convolutional network learns to read digits. Press Start, and draw one of your own while it learns.',
    training: 'Training',
    accuracy: 'of the held-out digits are read rightly',
    lr: 'Learning rate (at once)',
    batch: 'Digits in a batch',
    filters: 'Filters of the first layer',
    size: 'Size of its filters',
    seed: 'Seed',
    pixels: (side) => `${side} × ${side}`,
    curves: 'Learning',
    lossCurve: 'Loss by step',
    accuracyCurve: 'Accuracy on held-out digits by step',
    trainLoss: 'loss, a batch',
    heldOutLoss: 'loss, held out',
    percent: 'accuracy, %',
    confusion: 'What is taken for what',
    mistakes: 'Worst mistakes',
    later: 'Curves appear here with the first steps.',
  },
  zh: {
    title: '手写数字',
    lead: '一个小型卷积网络学习识别数字。按“开始”，并在它学习时亲手写一个。',
    training: '训练',
    accuracy: '的留出数字认对了',
    lr: '学习率（立即生效）',
    batch: '每批数字个数',
    filters: '第一层的滤波器数',
    size: '滤波器大小',
    seed: '随机种子',
    pixels: (side) => `${side} × ${side}`,
    curves: '学习曲线',
    lossCurve: '各步的损失',
    accuracyCurve: '留出数字上各步的准确率',
    trainLoss: '损失（一批）',
    heldOutLoss: '损失（留出）',
    percent: '准确率，%',
    confusion: '混淆矩阵',
    mistakes: '最严重的错误',
    later: '开始训练后，曲线会出现在这里。',
  },
};

const batches = ['16', '32', '64', '128'] as const;
const filterCounts = ['4', '8', '16'] as const;
const sizes = ['3', '5', '7'] as const;

const { values, set } = settings({
  lr: number(0.004, { min: 1e-5, max: 100 }),
  batch: choice('32', batches),
  filters: choice('8', filterCounts),
  size: choice('5', sizes),
  seed: number(0, { min: 0, max: 99, whole: true }),
});

let lastChoice = 0;

export function DigitsPage() {
  const t = useTexts(texts);
  const { lr, batch, filters, size, seed } = values.value;
  const [files, setFiles] = useState<ChosenFiles | undefined>(undefined);
  const [facts, setFacts] = useState<Facts | undefined>(undefined);
  const config: DigitsConfig = {
    batch: Number(batch),
    filters: Number(filters),
    size: Number(size),
    seed,
    ...(files && { files }),
  };
  const session = useSession<DigitsConfig, DigitsView>('digits', config);
  const key = JSON.stringify(config);
  const drops = useDrops();
  // The rate changes the run that is there: it is no part of what makes one.
  useEffect(() => session.adjust({ lr }), [session, key, lr]);
  useEffect(() => {
    let isWanted = true;
    const take = (found: Facts | undefined): void => {
      if (isWanted && found) setFacts(found);
    };
    session.ask<Facts | undefined>({ kind: 'facts' }).then(take, () => {});
    return () => {
      isWanted = false;
    };
  }, [session, session.number.value]);
  const reset = (): void => {
    session.make(config);
    session.adjust({ lr });
  };

  return (
    <div class="digits-page">
      <header class="hero">
        <h1>{t.title}</h1>
        <p>{t.lead}</p>
      </header>
      <div class="parts">
        <Panel title={t.training}>
          <RunControls session={session} onReset={reset} />
          <Accuracy session={session} words={t.accuracy} />
          <Slider
            label={t.lr}
            value={Math.log10(lr)}
            min={-4}
            max={1}
            step={0.1}
            format={() => String(lr)}
            onInput={(power) => set({ lr: Number((10 ** power).toPrecision(1)) })}
          />
          <div class="lines">
            <Select label={t.batch} value={batch} options={plain(batches)} onChange={(next) => set({ batch: next })} />
            <Select
              label={t.filters}
              value={filters}
              options={plain(filterCounts)}
              onChange={(next) => set({ filters: next })}
            />
            <Select
              label={t.size}
              value={size}
              options={sizes.map((value) => ({ value, text: t.pixels(value) }))}
              onChange={(next) => set({ size: next })}
            />
          </div>
          <Slider label={t.seed} value={seed} min={0} max={99} step={1} onInput={(next) => set({ seed: next })} />
        </Panel>
        <Drawing session={session} samples={facts?.samples ?? []} />
        <Curves session={session} t={t} />
        <Findings session={session} t={t} />
        <Filters view={session.view.value} />
        <DataPanel
          session={session}
          facts={facts}
          files={files}
          drops={drops}
          onFiles={(chosen) => setFiles(chosen && { ...chosen, id: ++lastChoice })}
        />
        <WeightsPanel name="digits" session={session} dropped={drops.dropped} onLoaded={() => session.adjust({ lr })} />
        <OpenInProject code={exampleCode({ ...config, lr, hasFiles: files !== undefined })} />
      </div>
    </div>
  );
}

type DigitsSession = ReturnType<typeof useSession<DigitsConfig, DigitsView>>;

const plain = <T extends string>(all: readonly T[]) => all.map((value) => ({ value, text: value }));

function Accuracy({ session, words }: { readonly session: DigitsSession; readonly words: string }) {
  const report = session.view.value?.report;
  return (
    <p class="accuracy">
      <strong data-testid="accuracy" data-value={report?.accuracy ?? ''}>
        {report ? `${(report.accuracy * 100).toFixed(1)} %` : '–'}
      </strong>{' '}
      {words}
    </p>
  );
}

function Curves({ session, t }: { readonly session: DigitsSession; readonly t: PageTexts }) {
  const losses = session.losses.value;
  const evaluations = session.evaluations.value;
  const { loss, accuracy } = useMemo(() => {
    const steps = evaluations.map(({ step }) => step);
    const measured = (name: string, scale = 1) => ({
      steps,
      values: evaluations.map(({ values: all }) => (all[name] ?? NaN) * scale),
    });
    return {
      loss: joinCurves(losses, measured('loss')),
      accuracy: joinCurves(measured('accuracy', 100), { steps: [], values: [] }),
    };
  }, [losses, evaluations]);
  const lossSeries = useMemo(
    () => [
      { label: t.trainLoss, values: loss.first },
      { label: t.heldOutLoss, values: loss.second },
    ],
    [loss, t],
  );
  const accuracySeries = useMemo(() => [{ label: t.percent, values: accuracy.first }], [accuracy, t]);
  return (
    <Panel title={t.curves}>
      {loss.x.length === 0 && <p class="aside later">{t.later}</p>}
      <Chart label={t.lossCurve} x={loss.x} series={lossSeries} />
      <Chart label={t.accuracyCurve} x={accuracy.x} series={accuracySeries} />
    </Panel>
  );
}

/** Drawn anew with each evaluation, and not with each picture in between. */
function Findings({ session, t }: { readonly session: DigitsSession; readonly t: PageTexts }) {
  const report = session.view.value?.report;
  return useMemo(
    () => (
      <>
        <Panel title={t.confusion}>
          <Confusion report={report} />
        </Panel>
        <Panel title={t.mistakes}>
          <Mistakes report={report} />
        </Panel>
      </>
    ),
    [report?.id, t],
  );
}
