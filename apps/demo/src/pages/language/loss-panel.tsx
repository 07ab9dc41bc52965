// How surprised the model is, and how surprised one would be who knows only how frequent characters are.

import { useTexts } from '../../state/language.ts';
import type { Session } from '../../training/session.ts';
import { Chart } from '../../ui/chart.tsx';
import { Select } from '../../ui/controls.tsx';
import type { LanguageConfig, LanguageView } from './job.ts';
import { set, values } from './settings.ts';
import { texts } from './texts.ts';

const bitsOf = (nats: number): number => nats / Math.LN2;
const shown = (value: number | undefined): string =>
  value === undefined ? '–' : value < 1e4 ? value.toFixed(2) : value.toExponential(1);

/** The mean of the last losses, as one batch says little. */
function lately(losses: readonly number[]): number | undefined {
  const last = losses.slice(-10);
  return last.length === 0 ? undefined : last.reduce((a, b) => a + b) / last.length;
}

export function LossPanel({ session }: { session: Session<LanguageConfig, LanguageView> }) {
  const t = useTexts(texts);
  const { unit } = values.value;
  const { steps, values: losses } = session.losses.value;
  const facts = session.view.value?.facts;
  const loss = lately(losses);
  const measure = (nats: number): number => (unit === 'bits' ? bitsOf(nats) : nats);
  const lines = [
    { name: 'loss', label: t.loss, nats: loss },
    { name: 'entropy', label: t.alone, nats: facts?.entropy },
    { name: 'guess', label: t.guess, nats: facts && Math.log(facts.characters) },
  ];
  return (
    <>
      <dl class="figures">
        {lines.map(({ name, label, nats }) => (
          <div key={name}>
            <dt>{label}</dt>
            <dd>
              <strong data-testid={`language-${name}`}>{shown(nats)}</strong> {t.nats}
            </dd>
            <dd>
              <span data-testid={`language-${name}-bits`}>{shown(nats === undefined ? nats : bitsOf(nats))}</span>{' '}
              {t.bits}
            </dd>
          </div>
        ))}
      </dl>
      <Chart
        label={`${t.curve}, ${t[unit]}`}
        x={steps}
        series={[
          { label: t.loss, values: losses.map(measure) },
          { label: t.alone, values: steps.map(() => (facts ? measure(facts.entropy) : null)) },
        ]}
        height={200}
      />
      <div class="below">
        <Select
          label={t.unit}
          value={unit}
          options={(['nats', 'bits'] as const).map((value) => ({ value, text: t.units[value] }))}
          onChange={(next) => set({ unit: next })}
        />
        <p class="hint">{t.explainLoss}</p>
      </div>
    </>
  );
}
