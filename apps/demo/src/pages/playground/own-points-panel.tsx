// Putting points there, by the mouse or as text.

import { useId, useState } from 'preact/hooks';
import { useTexts } from '../../state/language.ts';
import { Button, Select } from '../../ui/controls.tsx';
import { limits, type OwnPoint } from './config.ts';
import { parsePoints, writePoints } from './own-points.ts';
import { texts } from './texts.ts';

export interface OwnPointsProps {
  readonly points: readonly OwnPoint[];
  /** The class of points to come. */
  readonly label: number;
  readonly isBroken: boolean;
  readonly onLabel: (label: number) => void;
  readonly onPoints: (points: readonly OwnPoint[]) => void;
}

export function OwnPoints({ points, label, isBroken, onLabel, onPoints }: OwnPointsProps) {
  const t = useTexts(texts);
  const id = useId();
  const [text, setText] = useState<string | undefined>(undefined);
  const [said, setSaid] = useState('');
  const apply = (): void => {
    const read = parsePoints(text ?? writePoints(points));
    if ('problem' in read) return setSaid(t.problems[read.problem](read.line));
    onPoints(read);
    setText(undefined);
    setSaid(t.own.applied(read.length));
  };
  const isFull = points.length >= limits.points;
  return (
    <div class="own-points">
      <p>{t.own.hint}</p>
      {isBroken && <p class="notice">{t.own.broken}</p>}
      {isFull && <p class="notice">{t.own.full(limits.points)}</p>}
      <div class="own-row">
        <Select
          label={t.own.paint}
          value={String(label)}
          options={t.shapes.map((shape, k) => ({ value: String(k), text: `${t.classOf(k)} (${shape})` }))}
          onChange={(value) => onLabel(Number(value))}
        />
        <Button disabled={points.length === 0} onClick={() => onPoints(points.slice(0, -1))}>
          {t.own.undo}
        </Button>
        <Button disabled={points.length === 0} onClick={() => onPoints([])}>
          {t.own.clear}
        </Button>
      </div>
      <details>
        <summary>{t.own.asText}</summary>
        <label for={id}>{t.own.textHint}</label>
        <textarea
          id={id}
          rows={7}
          spellcheck={false}
          value={text ?? writePoints(points)}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <Button onClick={apply}>{t.own.apply}</Button>
        <p role="status" data-testid="points-message">{said}</p>
      </details>
    </div>
  );
} // prettier-ignore
