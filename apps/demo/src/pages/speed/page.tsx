// Item five of the site: how fast each backend is on the visitor's machine, measured in a worker of its own.

import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { language, useTexts } from '../../state/language.ts';
import { choice, flag, settings } from '../../state/url.ts';
import { Code, OpenInProject } from '../../ui/code.tsx';
import { Button, Panel, Select, Toggle } from '../../ui/controls.tsx';
import { projectCode } from './project-code.ts';
import { measurable, type Order, type SpeedReport } from './protocol.ts';
import { markdownOf, nothing, withReport, type Results } from './results.ts';
import { Devices, ResultTable } from './result-table.tsx';
import { texts } from './texts.ts';
import { workloadList } from './workload-list.ts';
import './speed.css';

const { values, set } = settings({
  cpu: flag(true),
  wasm: flag(true),
  webgpu: flag(true),
  seconds: choice('0.5', ['0.2', '0.5', '1', '3']),
});

type State = 'idle' | 'running' | 'done' | 'stopped' | 'failed';

export function SpeedPage() {
  const t = useTexts(texts);
  const state = useSignal<State>('idle');
  const results = useSignal<Results>(nothing);
  const shown = useSignal<readonly (typeof measurable)[number][]>([]);
  const worker = useRef<Worker | undefined>(undefined);
  const backends = measurable.filter((name) => values.value[name]);
  const { seconds } = values.value;
  const order: Order = { backends, seconds: Number(seconds) };

  const end = (how: State): void => {
    worker.current?.terminate();
    worker.current = undefined;
    state.value = how;
    results.value = { ...results.peek(), current: undefined };
  };
  useEffect(() => () => worker.current?.terminate(), []);

  const start = (): void => {
    results.value = nothing;
    shown.value = backends;
    state.value = 'running';
    const made = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.current = made;
    made.addEventListener('message', ({ data }: MessageEvent<SpeedReport>) => {
      if (worker.current !== made) return;
      results.value = withReport(results.peek(), data);
      if (data.kind === 'done') end('done');
    });
    made.addEventListener('error', (event) => {
      event.preventDefault();
      end('failed');
    });
    made.postMessage(order);
  };

  const isRunning = state.value === 'running';
  const { cells, current, columns } = results.value;
  const absent = shown.value.filter((name) => columns[name]?.kind === 'unavailable').length;
  const all = shown.value.length * workloadList.length;
  const done = cells.size + absent * workloadList.length;
  const sayings = { idle: '', running: '', done: t.done, stopped: t.stopped, failed: t.failed };
  const said = isRunning ? (current ? t.progress(current.workload, current.backend) : t.opening) : sayings[state.value];
  const code = useMemo(() => projectCode(order), [JSON.stringify(order)]);
  const markdown = (): string =>
    markdownOf(results.value, {
      backends: shown.value,
      workloads: workloadList,
      texts: {
        what: t.workload,
        software: t.software,
        absent: t.absent,
        machine: t.machine(navigator.hardwareConcurrency, navigator.userAgent),
      },
    });

  return (
    <div class="speed">
      <header>
        <h1>{t.title}</h1>
        <p>{t.lead}</p>
      </header>
      <div class="grid">
        <Panel title={t.what} wide>
          <div class="order">
            <fieldset disabled={isRunning}>
              <legend>{t.on}</legend>
              {measurable.map((name) => (
                <Toggle key={name} label={name} value={values.value[name]} onChange={(on) => set({ [name]: on })} />
              ))}
            </fieldset>
            <Select
              label={t.time}
              value={seconds}
              options={(['0.2', '0.5', '1', '3'] as const).map((value) => ({ value, text: t.seconds(Number(value)) }))}
              onChange={(value) => set({ seconds: value })}
            />
            {isRunning ? (
              <Button kind="primary" onClick={() => end('stopped')}>
                {t.stop}
              </Button>
            ) : (
              <Button kind="primary" disabled={backends.length === 0} onClick={start}>
                {state.value === 'idle' ? t.start : t.again}
              </Button>
            )}
          </div>
          {state.value !== 'idle' && (
            <progress value={done} max={all} aria-label={t.about(done, all)} data-testid="speed-progress" />
          )}
          <p role="status" class="said" data-testid="speed-state" data-state={state.value}>
            {backends.length === 0 ? t.none : said} {isRunning && t.about(done, all)}
          </p>
        </Panel>
        {state.value !== 'idle' && (
          <>
            <ResultTable results={results.value} backends={shown.value} />
            <Devices results={results.value} backends={shown.value} />
            {!isRunning && cells.size > 0 && (
              <Panel title={t.markdown} wide key={language.value}>
                <p>{t.explainMarkdown}</p>
                <div data-testid="speed-markdown">
                  <Code code={markdown()} label={t.markdown} />
                </div>
              </Panel>
            )}
          </>
        )}
        <OpenInProject code={code} />
      </div>
    </div>
  );
}
