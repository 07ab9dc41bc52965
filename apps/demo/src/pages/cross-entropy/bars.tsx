// A number for each class as a bar. Where they may be changed, a range input lies over each bar, its thumb at the bar's end: it is
// dragged, clicked, and moved by keys.

import { numeral } from './numerals.ts';
import type { Tone } from './plot.tsx';

export interface BarsProps {
  readonly title: string;
  /** What the numbers are, in a few words, below the title. */
  readonly note?: string;
  readonly names: readonly string[];
  readonly values: readonly number[] | undefined;
  readonly min: number;
  readonly max: number;
  readonly tone: Tone;
  readonly digits?: number;
  /** A line across a bar: where something else lies. */
  readonly marks?: readonly number[] | undefined;
  readonly step?: number;
  readonly onChange?: ((index: number, value: number) => void) | undefined;
  readonly testId?: string;
}

const within = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

export function Bars({
  title,
  note,
  names,
  values,
  min,
  max,
  tone,
  digits = 2,
  marks,
  step,
  onChange,
  testId,
}: BarsProps) {
  const share = (value: number): number => ((within(value, min, max) - min) / (max - min)) * 100;
  const zero = share(0);
  return (
    <div class={`bars ${tone}`} data-testid={testId}>
      <h3>{title}</h3>
      {note && <p class="note">{note}</p>}
      <ul aria-label={title}>
        {names.map((name, k) => {
          const value = values?.[k];
          const mark = marks?.[k];
          const at = value === undefined || Number.isNaN(value) ? zero : share(value);
          return (
            <li key={name}>
              <span class="name">{name}</span>
              <span class="value" data-value={value}>
                {numeral(value, digits)}
                {mark !== undefined && ` → ${numeral(mark, 3)}`}
              </span>
              <span class={onChange ? 'bar-line moves' : 'bar-line'}>
                <span class="room">
                  <i class="filled" style={{ left: `${Math.min(zero, at)}%`, width: `${Math.abs(at - zero)}%` }} />
                  {zero > 0 && <i class="zero" style={{ left: `${zero}%` }} />}
                  {mark !== undefined && <i class="mark" style={{ left: `${share(mark)}%` }} />}
                </span>
                {onChange && (
                  <input
                    type="range"
                    aria-label={`${title}: ${name}`}
                    aria-valuetext={numeral(value, digits)}
                    min={min}
                    max={max}
                    step={step ?? 0.01}
                    value={value ?? 0}
                    onInput={(event) => onChange(k, event.currentTarget.valueAsNumber)}
                  />
                )}
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
