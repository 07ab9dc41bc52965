// How often each digit was taken for each, as a table.

import { useTexts, type Texts } from '../../state/language.ts';
import type { HeldOutReport } from './held-out.ts';

interface ConfusionTexts {
  readonly caption: (count: number, wrong: number) => string;
  readonly corner: string;
}

const texts: Texts<ConfusionTexts> = {
  en: {
    caption: (count, wrong) =>
      `Of ${count} held-out digits ${wrong} are read wrongly. A row is what a digit is, a column what it is taken for.`,
    corner: 'is ↓ read as →',
  },
  zh: {
    caption: (count, wrong) => `${count} 个留出的数字中有 ${wrong} 个认错。行是真实的数字，列是认成的数字。`,
    corner: '真实 ↓ 认成 →',
  },
};

const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

export function Confusion({ report }: { readonly report: HeldOutReport | undefined }) {
  const t = useTexts(texts);
  if (!report) return <p class="hint">…</p>;
  const wrong = report.count - Math.round(report.accuracy * report.count);
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={t.corner}>
      <table class="confusion" data-testid="confusion">
        <caption>{t.caption(report.count, wrong)}</caption>
        <thead>
          <tr>
            <th scope="col">{t.corner}</th>
            {digits.map((guess) => (
              <th key={guess} scope="col">
                {guess}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.matrix.map((row, label) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {row.map((count, guess) => (
                <td
                  key={guess}
                  class={count === 0 ? 'none' : guess === label ? 'right' : 'wrong'}
                  style={{ '--share': `${shade(count, row)}%` }}
                >
                  {count}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** By the root of its share of the row, so that a few mistakes are seen: up to 42 per cent, on which words can be read. */
function shade(count: number, row: readonly number[]): number {
  const all = row.reduce((a, b) => a + b, 0);
  return all === 0 ? 0 : Math.round(42 * Math.sqrt(count / all));
}
