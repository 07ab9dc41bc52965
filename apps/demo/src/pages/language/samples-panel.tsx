// What the model writes as it learns, the newest first.

import { effect, useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import { useTexts } from '../../state/language.ts';
import type { Session } from '../../training/session.ts';
import { Button, Panel, Slider } from '../../ui/controls.tsx';
import type { LanguageConfig, LanguageView, Sample } from './job.ts';
import { addSample } from './samples.ts';
import { set, values } from './settings.ts';
import { texts } from './texts.ts';

export function SamplesPanel({ session }: { session: Session<LanguageConfig, LanguageView> }) {
  const t = useTexts(texts);
  const id = useId();
  const samples = useSignal<readonly Sample[]>([]);
  const { prompt, temperature } = values.value;
  const add = (sample: Sample): void => {
    samples.value = addSample(samples.peek(), sample);
  };
  useEffect(
    () =>
      effect(() => {
        const sample = session.view.value?.sample;
        if (sample) add(sample);
      }),
    [session],
  );
  const ask = (): void => {
    session.ask<Sample>({ prompt, temperature }).then(add, () => {}); // What went wrong stands in the notice.
  };
  return (
    <Panel title={t.writing}>
      <div class="writing">
        <div class="field">
          <label for={id}>{t.prompt}</label>
          <input
            id={id}
            type="text"
            maxLength={100}
            value={prompt}
            placeholder={t.promptHint}
            data-testid="language-prompt"
            onInput={(event) => set({ prompt: event.currentTarget.value })}
          />
        </div>
        <Slider
          label={t.temperature}
          value={temperature}
          min={0}
          max={1.5}
          step={0.05}
          format={(value) => value.toFixed(2)}
          onInput={(value) => set({ temperature: value })}
        />
        <Button disabled={session.state.value === 'making'} onClick={ask}>
          {t.now}
        </Button>
      </div>
      <p class="hint">{t.explainSamples}</p>
      <div class="samples" role="region" aria-label={t.samples} tabIndex={0}>
        {samples.value.length === 0 && <p>{t.noSample}</p>}
        <ol reversed>
          {samples.value.toReversed().map((sample) => (
            <li key={`${sample.step} ${sample.number}`} data-testid="sample" data-step={sample.step}>
              <p class="when">
                {t.atStep(sample.step.toLocaleString())} · {t.temperature.toLowerCase()} {sample.temperature.toFixed(2)}
                {sample.isAsked && <> · {t.asked}</>}
              </p>
              <p class="written" translate={false}>
                <b>{sample.prompt}</b>
                {sample.text}
              </p>
              {sample.missing && <p class="when">{t.missing(sample.missing)}</p>}
            </li>
          ))}
        </ol>
      </div>
    </Panel>
  );
}
