// Item four of the site: a character transformer that learns a text while one watches.

import { useEffect, useMemo } from 'preact/hooks';
import { useTexts } from '../../state/language.ts';
import { OpenInProject } from '../../ui/code.tsx';
import { Panel, Select, Slider } from '../../ui/controls.tsx';
import { RunControls } from '../../ui/run-controls.tsx';
import { useDrops } from '../../ui/use-drops.ts';
import { useSession } from '../../ui/use-session.ts';
import { WeightsPanel } from '../../ui/weights-panel.tsx';
import { AttentionPanel } from './attention-panel.tsx';
import type { LanguageConfig, LanguageSettings, LanguageView } from './job.ts';
import { LossPanel } from './loss-panel.tsx';
import { projectCode } from './project-code.ts';
import { SamplesPanel } from './samples-panel.tsx';
import { chosenText, set, sizes, values } from './settings.ts';
import { TextPanel } from './text-panel.tsx';
import { texts } from './texts.ts';
import './language.css';

const rounded = (value: number): number => Number(value.toPrecision(2));

function ModelPanel() {
  const t = useTexts(texts);
  const { context, width, layers, heads, batch, lr, seed } = values.value;
  const list = <T extends string>(all: readonly T[]) => all.map((value) => ({ value, text: value }));
  return (
    <Panel title={t.model}>
      <Slider
        label={t.lr}
        value={Math.log10(lr)}
        min={-5}
        max={1}
        step={0.1}
        format={(value) => String(rounded(10 ** value))}
        onInput={(value) => set({ lr: rounded(10 ** value) })}
      />
      <Slider
        label={t.context}
        value={context}
        min={16}
        max={96}
        step={8}
        format={t.contextUnit}
        onInput={(value) => set({ context: value })}
      />
      <div class="sizes">
        <Select label={t.width} value={width} options={list(sizes.width)} onChange={(value) => set({ width: value })} />
        <Select
          label={t.layers}
          value={layers}
          options={list(sizes.layers)}
          onChange={(value) => set({ layers: value })}
        />
        <Select label={t.heads} value={heads} options={list(sizes.heads)} onChange={(value) => set({ heads: value })} />
        <Select label={t.batch} value={batch} options={list(sizes.batch)} onChange={(value) => set({ batch: value })} />
      </div>
      <Slider label={t.seed} value={seed} min={0} max={20} step={1} onInput={(value) => set({ seed: value })} />
    </Panel>
  );
}

export function LanguagePage() {
  const t = useTexts(texts);
  const { context, width, layers, heads, batch, lr, seed, prompt, temperature } = values.value;
  const chosen = chosenText.value;
  const settings: LanguageSettings = { lr, prompt, temperature };
  // What may change while it trains begins no new run.
  const config = useMemo(
    (): LanguageConfig => ({
      ...settings,
      text: chosen.text,
      context,
      width: Number(width),
      layers: Number(layers),
      heads: Number(heads),
      batchSize: Number(batch),
      seed,
    }),
    [chosen.text, context, width, layers, heads, batch, seed],
  );
  const session = useSession<LanguageConfig, LanguageView>('language', config);
  // After each new beginning and each change of the backend: both make the job anew.
  const drops = useDrops();
  const { device } = session;
  useEffect(() => session.adjust(settings), [session, config, lr, prompt, temperature, device.value]);
  const reset = (): void => session.make({ ...config, ...settings });
  const code = useMemo(() => projectCode(config, settings), [config, lr, prompt, temperature]);
  return (
    <div class="language">
      <header>
        <h1>{t.title}</h1>
        <p>{t.lead}</p>
      </header>
      <div class="grid">
        <div class="column main">
          <Panel title={t.training}>
            <RunControls session={session} onReset={reset} />
            <LossPanel session={session} />
          </Panel>
          <SamplesPanel session={session} />
        </div>
        <div class="column">
          <TextPanel chosen={chosen} session={session} drops={drops} />
          <ModelPanel />
          <WeightsPanel
            name="language"
            session={session}
            dropped={drops.dropped}
            onLoaded={() => session.adjust(settings)}
          />
        </div>
        <AttentionPanel session={session} />
        <OpenInProject code={code} />
      </div>
    </div>
  );
}
