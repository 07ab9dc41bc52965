// Points in a plane, a network that tells them apart, and a picture of all of it as it learns.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useTexts } from '../../state/language.ts';
import { route } from '../../state/url.ts';
import type { Session } from '../../training/session.ts';
import { Chart } from '../../ui/chart.tsx';
import { OpenInProject } from '../../ui/code.tsx';
import { Panel } from '../../ui/controls.tsx';
import { NoticeBox, RunControls } from '../../ui/run-controls.tsx';
import { useDrops } from '../../ui/use-drops.ts';
import { useSession } from '../../ui/use-session.ts';
import { codeOf } from './code.ts';
import { classCount, isLearnable, limits, type PlaygroundConfig } from './config.ts';
import { brief, percent } from './format.ts';
import { withMoment, type Moment } from './history.ts';
import type { PlaygroundView } from './view.ts';
import { Network } from './network.tsx';
import { ownPoint } from './own-points.ts';
import { OwnPoints } from './own-points-panel.tsx';
import { Plane } from './plane.tsx';
import type { Score } from './score.ts';
import { useCalm } from './use-calm.ts';
import { DataPanel, TrainingPanel } from './setting-panels.tsx';
import { playground } from './settings.ts';
import { texts, type PlaygroundTexts } from './texts.ts';
import './playground.css';

type PlaygroundSession = Session<PlaygroundConfig, PlaygroundView>;

const { values: settings, set: setSettings } = playground;

/** Settings that show something, and what they are called. */
const tries: readonly { readonly name: 'tryLine' | 'trySpirals' | 'tryNoise' | 'tryLeap'; readonly changes: Partial<PlaygroundConfig> }[] = [
  { name: 'tryLine', changes: { set: 'xor', act: 'none', layers: [4], noise: 0.1, n: 300, test: 0.3, opt: 'adam', lr: 0.01, decay: 0, batch: 32 } },
  { name: 'trySpirals', changes: { set: 'spirals', classes: 3, noise: 0.2, n: 600, test: 0.3, layers: [12, 12], act: 'tanh', opt: 'adam', lr: 0.01, decay: 0, batch: 32 } },
  { name: 'tryNoise', changes: { set: 'moons', noise: 1, n: 100, test: 0.5, layers: [12, 12, 12], act: 'relu', opt: 'adam', lr: 0.01, decay: 0, batch: 16 } },
  { name: 'tryLeap', changes: { set: 'moons', noise: 0.3, n: 300, test: 0.3, layers: [8, 8], act: 'silu', opt: 'sgd', momentum: 0.9, lr: 1000, decay: 0.01, batch: 32 } },
]; // prettier-ignore

export function PlaygroundPage() {
  const t = useTexts(texts);
  const config = settings.value;
  const { lr, ...rest } = config;
  // The learning rate changes as it trains; with anything else it begins anew.
  const key = JSON.stringify(rest);
  const made = useMemo(() => config, [key]);
  const session = useSession<PlaygroundConfig, PlaygroundView>('playground', made);
  useDrops();
  useEffect(() => session.adjust({ lr }), [session, lr]);

  // What was running goes on running, with the new settings.
  const { goesOn } = session;
  useEffect(() => {
    if (goesOn && isLearnable(config)) session.run();
  }, [key]);
  const change: (changes: Partial<PlaygroundConfig>) => void = setSettings;

  const [label, setLabel] = useState(0);
  const { set, points } = config;
  const place = (x: number, y: number): void => {
    if (points.length < limits.points) change({ points: [...points, ownPoint(x, y, label)] });
  };
  return (
    <div class="playground">
      <h1>{t.title}</h1>
      <p>{t.lead}</p>
      <div class="tries" role="group" aria-label={t.tries}>
        <span aria-hidden="true">{t.tries}:</span>
        {tries.map(({ name, changes }) => (
          <button key={name} type="button" class="button small" onClick={() => change(changes)}>
            {t[name]}
          </button>
        ))}
      </div>
      <div class="parts">
        <Panel title={t.plane}>
          {isLearnable(config) ? (
            <RunControls session={session} onReset={() => session.make(config)} />
          ) : (
            <>
              <p class="notice">{t.own.needed}</p>
              <NoticeBox notice={session.notice.value} />
            </>
          )}
          <PlaneNow session={session} config={config} {...(set === 'own' && { onPlace: place })} />
          <Legend classes={Math.max(classCount(config), set === 'own' ? label + 1 : 0)} t={t} />
          {set === 'own' && (
            <OwnPoints
              points={points}
              label={label}
              isBroken={points.length === 0 && Boolean(route.value.params.get('points'))}
              onLabel={setLabel}
              onPoints={(next) => change({ points: next })}
            />
          )}
        </Panel>
        <div class="column">
          <Curves session={session} />
        </div>
        <div class="column settings">
          <DataPanel config={config} change={change} />
          <TrainingPanel config={config} change={change} />
        </div>
        <NetworkNow session={session} layers={config.layers} onLayers={(layers) => change({ layers })} />
        {isLearnable(config) && <OpenInProject code={codeOf(config)} />}
      </div>
    </div>
  );
}

function Legend({ classes, t }: { classes: number; t: PlaygroundTexts }) {
  return (
    <p class="legend">
      {Array.from({ length: classes }, (_, k) => (
        <span key={k} class={`class-${k}`}>
          <i aria-hidden="true">{'●■▲◆'[k]}</i> {t.classOf(k)}
        </span>
      ))}
      <span>{t.filled}</span>
      <span>{t.hollow}</span>
    </p>
  );
}

// What follows a run is drawn anew with every picture; the rest of the page is not.

function PlaneNow({ session, config, onPlace }: { session: PlaygroundSession; config: PlaygroundConfig; onPlace?: (x: number, y: number) => void }) {
  return <Plane view={session.view.value} set={config.set} own={config.points} {...(onPlace && { onPlace })} />;
} // prettier-ignore

function NetworkNow({ session, layers, onLayers }: { session: PlaygroundSession; layers: readonly number[]; onLayers: (layers: readonly number[]) => void }) {
  return <Network layers={layers} views={useCalm(session.view)?.layers ?? []} onLayers={onLayers} />;
} // prettier-ignore

function Curves({ session }: { session: PlaygroundSession }) {
  const t = useTexts(texts);
  const view = session.view.value;
  const history = useRef<readonly Moment[]>([]);
  const moments = useMemo(
    () => (history.current = view ? withMoment(history.current, view) : history.current),
    [view],
  );
  const { x, losses, accuracies } = useMemo(() => {
    const finite = (value: number | undefined): number | null => (Number.isFinite(value) ? (value ?? null) : null);
    const pair = (read: (score: Score) => number) =>
      (['train', 'test'] as const).map((part) => moments.map(({ [part]: score }) => finite(score && read(score))));
    return { x: moments.map(({ step }) => step), losses: pair(({ loss }) => loss), accuracies: pair(({ accuracy }) => 100 * accuracy) };
  }, [moments]);
  const series = (lists: readonly (number | null)[][]) => [
    { label: t.trained, values: lists[0] ?? [] },
    { label: t.tested, values: lists[1] ?? [] },
  ];
  return (
    <Panel title={t.curves}>
      <table class="scores">
        <thead>
          <tr>
            <td />
            <th scope="col">{t.trained}</th>
            <th scope="col">{t.tested}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t.loss}</th>
            <td data-testid="train-loss">{view?.train ? brief(view.train.loss) : '–'}</td>
            <td data-testid="test-loss">{view?.test ? brief(view.test.loss) : '–'}</td>
          </tr>
          <tr>
            <th scope="row">{t.accuracy}</th>
            <td data-testid="train-accuracy">{view?.train ? percent(view.train.accuracy) : '–'}</td>
            <td data-testid="test-accuracy">{view?.test ? percent(view.test.accuracy) : '–'}</td>
          </tr>
        </tbody>
      </table>
      <h3>{t.loss}</h3>
      <Chart label={t.lossChart} x={x} series={series(losses)} height={170} />
      <h3>{t.accuracy} (%)</h3>
      <Chart label={t.accuracyChart} x={x} series={series(accuracies)} height={170} />
    </Panel>
  );
} // prettier-ignore
