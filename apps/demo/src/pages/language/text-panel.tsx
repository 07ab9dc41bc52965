// The text to learn from: an example, edited, pasted or dropped in.

import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { useTexts } from '../../state/language.ts';
import type { Session } from '../../training/session.ts';
import { Button, Panel, Select } from '../../ui/controls.tsx';
import { FileChoice } from '../../ui/file-choice.tsx';
import { isOfWeights, type Drops } from '../../ui/use-drops.ts';
import type { LanguageConfig, LanguageView } from './job.ts';
import { keepText, linkedText, mostEdited, takeFile, takeText, type Fault, type OwnText } from './own-text.ts';
import { set, type Chosen } from './settings.ts';
import { texts } from './texts.ts';

const sources = ['en', 'zh', 'own'] as const;
/** Of a long text only so much is shown. */
const shownOfLong = 3000;

export interface TextPanelProps {
  readonly chosen: Chosen;
  readonly session: Session<LanguageConfig, LanguageView>;
  readonly drops: Drops;
}

export function TextPanel({ chosen, session, drops }: TextPanelProps) {
  const t = useTexts(texts);
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [fault, setFault] = useState<Fault | undefined>(undefined);
  const [isCut, setIsCut] = useState(false);
  const [isKept, setIsKept] = useState(true);
  const { problem } = chosen;
  const facts = session.view.value?.facts;
  const isLong = chosen.text.length > mostEdited;

  // The field keeps what is typed until another text is chosen.
  useEffect(() => {
    if (area.current) area.current.value = isLong ? `${chosen.text.slice(0, shownOfLong)} …` : chosen.text;
  }, [chosen.text]);

  const take = (taken: OwnText | Fault): void => {
    setFault(typeof taken === 'string' ? taken : undefined);
    if (typeof taken === 'string') return;
    setIsCut(taken.isCut);
    setIsKept(keepText(taken.text));
    set({ source: 'own', own: linkedText.write(taken.text) });
  };
  const takeFrom = (file: Blob | undefined): void => {
    if (file) void takeFile(file).then(take);
  };
  const choose = (source: 'en' | 'zh' | 'own'): void => {
    setFault(undefined);
    setIsCut(false);
    if (source === 'own') area.current?.focus();
    if (source === 'own') take(takeText(chosen.text));
    else set({ source, own: '' });
  };
  const paste = (event: ClipboardEvent): void => {
    const text = event.clipboardData?.getData('text/plain') ?? '';
    if (text.length <= mostEdited) return;
    // Such a text would keep the field busy for seconds.
    event.preventDefault();
    take(takeText(text));
  };
  useEffect(() => takeFrom(drops.dropped.find((file) => !isOfWeights(file))), [drops.dropped]);
  /** A piece of text, dragged from elsewhere. */
  const drop = (event: DragEvent): void => {
    const text = event.dataTransfer?.getData('text/plain') ?? '';
    if (text === '') return;
    event.preventDefault();
    take(takeText(text));
  };

  return (
    <div class={drops.isOver ? 'source over' : 'source'} onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <Panel title={t.text}>
        <Select
          label={t.learnFrom}
          value={chosen.source}
          options={sources.map((value) => ({ value, text: t.sources[value] }))}
          onChange={choose}
        />
        <div class="field">
          <label for={id}>{isLong ? t.beginning : t.edit}</label>
          <textarea
            ref={area}
            id={id}
            rows={9}
            spellcheck={false}
            readOnly={isLong}
            data-testid="language-text"
            onPaste={paste}
          />
        </div>
        <div class="buttons">
          {!isLong && <Button onClick={() => take(takeText(area.current?.value ?? ''))}>{t.use}</Button>}
          <FileChoice
            label={t.file}
            accept="text/*,.txt,.md,.csv,.json,.ts,.js,.py"
            testId="language-file"
            onChoose={([file]) => takeFrom(file)}
          />
        </div>
        <p class="hint">{t.drop}</p>
        <div role="status" data-testid="language-text-notice">
          {fault && <p class="notice">{t.faults[fault]}</p>}
          {problem && !fault && <p class="notice">{problem === 'absent' ? t.absent : t.faults[problem]}</p>}
          {isCut && !fault && <p class="notice">{t.cut(chosen.text.length.toLocaleString())}</p>}
          {chosen.source === 'own' && !linkedText.write(chosen.text) && !fault && (
            <p class={isKept ? 'hint' : 'notice'}>{isKept ? t.long : t.unkept}</p>
          )}
        </div>
        {facts && (
          <p class="hint" data-testid="language-facts">
            {t.facts(facts.length.toLocaleString(), facts.characters.toLocaleString())}
            {facts.rare > 0 && <> · {t.rare(facts.rare.toLocaleString())}</>}
          </p>
        )}
      </Panel>
    </div>
  );
}
