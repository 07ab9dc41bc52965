// The ten probabilities of what is drawn, as bars.

import { useTexts, type Texts } from '../../state/language.ts';
import { GrayImage } from './gray-image.tsx';
import type { Reading } from './protocol.ts';

interface ProbabilityTexts {
  readonly nothing: string;
  readonly reads: (digit: number) => string;
  readonly seen: string;
  readonly bars: string;
}

const texts: Texts<ProbabilityTexts> = {
  en: {
    nothing: 'Draw a digit, or choose one below.',
    reads: (digit) => `Reads a ${digit}`,
    seen: 'What the network sees: 28 × 28 pixels, centred',
    bars: 'Probabilities',
  },
  zh: {
    nothing: '请写一个数字，或在下方选一个。',
    reads: (digit) => `认成 ${digit}`,
    seen: '网络看到的：居中的 28 × 28 像素',
    bars: '概率',
  },
};

const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

export function Probabilities({ reading }: { readonly reading: Reading | undefined }) {
  const t = useTexts(texts);
  const { digit, probabilities = [] } = reading ?? {};
  const best = digit ? probabilities.indexOf(Math.max(...probabilities)) : -1;
  return (
    <div class="probabilities">
      {/* Said anew only when the digit is another one: numbers move ten times a second. */}
      <p class="reads" data-testid="prediction" data-digit={best < 0 ? '' : best} role="status">
        {best < 0 ? t.nothing : t.reads(best)}
      </p>
      <ol class="bars" aria-label={t.bars} start={0}>
        {digits.map((label) => {
          const percent = (probabilities[label] ?? 0) * 100;
          return (
            <li key={label} class={label === best ? 'best' : ''}>
              <span>{label}</span>
              <span class="track" aria-hidden="true">
                <i style={{ width: `${percent}%` }} />
              </span>
              <span data-testid={`probability-${label}`}>{digit ? `${percent.toFixed(1)} %` : '–'}</span>
            </li>
          );
        })}
      </ol>
      {digit && (
        <p class="seen aside">
          <GrayImage pixels={digit} />
          <span>{t.seen}</span>
        </p>
      )}
    </div>
  );
}
