// The settings of data and training.

import { useTexts } from '../../state/language.ts';
import { Button, Panel, Select, Slider } from '../../ui/controls.tsx';
import { activations, deviation, hasClasses, optimizers, sets, type PlaygroundConfig } from './config.ts';
import { brief, percent } from './format.ts';
import { texts } from './texts.ts';

export interface SettingPanelProps {
  readonly config: PlaygroundConfig;
  readonly change: (changes: Partial<PlaygroundConfig>) => void;
}

export function DataPanel({ config, change }: SettingPanelProps) {
  const t = useTexts(texts);
  const { set, classes, n, noise, test, seed } = config;
  const isOwn = set === 'own';
  return (
    <Panel title={t.data}>
      <div class="fields">
        <Select
          label={t.set}
          value={set}
          options={sets.map((value) => ({ value, text: t.sets[value] }))}
          onChange={(value) => change({ set: value })}
        />
        {hasClasses(set) && (
          <Slider label={t.classes} value={classes} min={2} max={4} step={1} onInput={(value) => change({ classes: value })} />
        )}
        {!isOwn && (
          <>
            <Slider
              label={t.noise}
              value={noise}
              min={0}
              max={1}
              step={0.05}
              format={(value) => brief(deviation({ set, noise: value }))}
              onInput={(value) => change({ noise: value })}
            />
            <Slider label={t.points} value={n} min={50} max={1000} step={50} onInput={(value) => change({ n: value })} />
          </>
        )}
        <Slider
          label={t.testShare}
          value={test}
          min={0.1}
          max={0.5}
          step={0.05}
          format={(value) => percent(value).replace('.0', '')}
          onInput={(value) => change({ test: value })}
        />
      </div>
      {!isOwn && <Button onClick={() => change({ seed: (seed + 1) % 1_000_000 })}>{t.redraw}</Button>}
    </Panel>
  );
} // prettier-ignore

const optimizerTexts = { adam: 'Adam', adamw: 'AdamW', rmsprop: 'RMSprop', sgd: 'SGD' } as const;
const decays = [0, 0.0001, 0.001, 0.01, 0.1];

export function TrainingPanel({ config, change }: SettingPanelProps) {
  const t = useTexts(texts);
  const { act, opt, lr, momentum, batch, decay } = config;
  const shownDecays = decays.includes(decay) ? decays : [...decays, decay];
  return (
    <Panel title={t.training}>
      <div class="fields">
        <Select
          label={t.activation}
          value={act}
          options={activations.map((value) => ({ value, text: t.activations[value] }))}
          onChange={(value) => change({ act: value })}
        />
        <Select
          label={t.optimizer}
          value={opt}
          options={optimizers.map((value) => ({ value, text: optimizerTexts[value] }))}
          onChange={(value) => change({ opt: value })}
        />
        <Slider
          label={t.lr}
          value={Math.log10(Math.max(lr, 1e-5))}
          min={-4}
          max={3}
          step={0.1}
          format={() => brief(lr)}
          onInput={(value) => change({ lr: Number((10 ** value).toPrecision(2)) })}
        />
        {opt === 'sgd' && (
          <Slider label={t.momentum} value={momentum} min={0} max={0.99} step={0.01} onInput={(value) => change({ momentum: value })} />
        )}
        <Slider
          label={t.batch}
          value={Math.log2(batch)}
          min={0}
          max={8}
          step={1}
          format={() => String(batch)}
          onInput={(value) => change({ batch: 2 ** value })}
        />
        <Select
          label={t.decay}
          value={String(decay)}
          options={shownDecays.map((value) => ({ value: String(value), text: value === 0 ? t.none : String(value) }))}
          onChange={(value) => change({ decay: Number(value) })}
        />
      </div>
      <p class="about">{t.lrNote}</p>
    </Panel>
  );
} // prettier-ignore
