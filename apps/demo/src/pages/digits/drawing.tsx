// Draw a digit, and see at once what the network makes of it; asked again as it learns.

import { useSignalEffect } from '@preact/signals';
import { useMemo, useState } from 'preact/hooks';
import { useTexts, type Texts } from '../../state/language.ts';
import type { Session } from '../../training/session.ts';
import { Button, Panel } from '../../ui/controls.tsx';
import { DrawingPad, type Ink } from './drawing-pad.tsx';
import { GrayImage } from './gray-image.tsx';
import { Probabilities } from './probabilities.tsx';
import type { DigitsConfig, DigitsQuestion, DigitsView, Reading } from './protocol.ts';

interface DrawingTexts {
  readonly title: string;
  readonly clear: string;
  readonly samples: string;
  readonly sample: (label: number) => string;
}

const texts: Texts<DrawingTexts> = {
  en: {
    title: 'Draw a digit',
    clear: 'Clear',
    samples: 'Or one that it has not learnt from:',
    sample: (label) => `A ${label} to read`,
  },
  zh: {
    title: '写一个数字',
    clear: '清除',
    samples: '或选一个没有用于学习的数字：',
    sample: (label) => `选一个 ${label}`,
  },
};

type DigitsSession = Session<DigitsConfig, DigitsView>;

/** Asks one question after the other; of those that come in while it waits only the last is asked. */
function useReading(session: DigitsSession) {
  const [reading, setReading] = useState<Reading | undefined>(undefined);
  const asker = useMemo(() => {
    let next: DigitsQuestion | undefined;
    let digit: Uint8Array | undefined;
    let isAsking = false;
    let cleared = 0;
    const ask = async (question: DigitsQuestion): Promise<void> => {
      next = question;
      if (isAsking) return;
      isAsking = true;
      while (next) {
        const asked: DigitsQuestion = next;
        next = undefined;
        const before = cleared;
        // A run that failed answers nothing; what went wrong is told above.
        const answer = await session.ask<Reading | undefined>(asked).catch(() => undefined);
        if (!answer || before !== cleared) continue;
        digit = answer.digit;
        setReading(answer);
      }
      isAsking = false;
    };
    return {
      ask,
      /** What was read last, by the weights as they are now. */
      again: () => digit && !isAsking && void ask({ kind: 'digit', digit }),
      forget: () => {
        cleared++;
        [next, digit] = [undefined, undefined];
        setReading(undefined);
      },
    };
  }, [session]);
  useSignalEffect(() => {
    if (session.view.value) asker.again();
  });
  return { reading, ...asker };
}

export interface DrawingProps {
  readonly session: DigitsSession;
  /** Of digits that are not learnt from, by what they are. */
  readonly samples: readonly Uint8Array[];
}

export function Drawing({ session, samples }: DrawingProps) {
  const t = useTexts(texts);
  const { reading, ask, forget } = useReading(session);
  const [picture, setPicture] = useState<{ pixels: Uint8Array | undefined }>({ pixels: undefined });
  const clear = (): void => {
    setPicture({ pixels: undefined });
    forget();
  };
  const choose = (digit: Uint8Array): void => {
    setPicture({ pixels: digit });
    void ask({ kind: 'digit', digit });
  };
  const draw = (ink: Ink): void => void ask({ kind: 'drawing', ...ink });
  return (
    <Panel title={t.title}>
      <div class="drawing">
        <div>
          <DrawingPad picture={picture} onDraw={draw} onClear={clear} />
          <Button onClick={clear}>{t.clear}</Button>
        </div>
        <Probabilities reading={reading} />
      </div>
      {samples.length > 0 && (
        <>
          <h3>{t.samples}</h3>
          <div class="samples">
            {samples.map((pixels, label) => (
              <button
                key={label}
                type="button"
                class="sample"
                aria-label={t.sample(label)}
                onClick={() => choose(pixels)}
              >
                <GrayImage pixels={pixels} />
              </button>
            ))}
          </div>
        </>
      )}
    </Panel>
  );
}
