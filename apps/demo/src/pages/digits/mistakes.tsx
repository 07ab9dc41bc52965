import { useTexts, type Texts } from '../../state/language.ts';
import { GrayImage } from './gray-image.tsx';
import type { HeldOutReport } from './held-out.ts';

interface MistakeTexts {
  readonly about: string;
  readonly none: string;
  readonly read: (label: number, guess: number) => string;
}

const texts: Texts<MistakeTexts> = {
  en: {
    about: 'Those that it was surest of, and wrong: what it is → what it was read as.',
    none: 'None: every held-out digit is read rightly.',
    read: (label, guess) => `a ${label}, read as ${guess}`,
  },
  zh: {
    about: '最有把握却认错的那些：真实的数字 → 认成的数字。',
    none: '没有：所有留出的数字都认对了。',
    read: (label, guess) => `${label} 认成 ${guess}`,
  },
};

export function Mistakes({ report }: { readonly report: HeldOutReport | undefined }) {
  const t = useTexts(texts);
  if (!report) return <p class="hint">…</p>;
  if (report.mistakes.length === 0) return <p class="hint">{t.none}</p>;
  return (
    <>
      <p class="hint">{t.about}</p>
      <ul class="mistakes" data-testid="mistakes">
        {report.mistakes.map(({ pixels, label, guess, sure }, k) => (
          <li key={`${report.id}-${k}`}>
            <GrayImage pixels={pixels} />
            <strong aria-hidden="true">
              {label} → {guess}
            </strong>
            <span class="unseen">{t.read(label, guess)}</span> {(sure * 100).toFixed(0)} %
          </li>
        ))}
      </ul>
    </>
  );
}
