// Where each head of each layer looks: all maps small, one large with the text along its sides.

import { useEffect, useRef, useState } from 'preact/hooks';
import { useTexts } from '../../state/language.ts';
import { theme } from '../../state/theme.ts';
import type { Session } from '../../training/session.ts';
import { Panel, Slider } from '../../ui/controls.tsx';
import { drawLarge, drawSmall, looksMost } from './attention-map.ts';
import type { Attention, LanguageConfig, LanguageView } from './job.ts';
import { set, values } from './settings.ts';
import { texts } from './texts.ts';

interface MapProps {
  readonly attention: Attention;
  readonly layer: number;
  readonly head: number;
}

/** Views come more often than what they show of attention changes. */
const versionOf = ({ step, heads, characters }: Attention): string => `${step} ${heads} ${characters.join('')}`;

function SmallMap({ attention, layer, head }: MapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const look = theme.value;
  useEffect(() => {
    if (canvas.current) drawSmall(canvas.current, attention, layer, head);
  }, [versionOf(attention), layer, head, look]);
  return <canvas ref={canvas} aria-hidden="true" />;
}

function LargeMap({ attention, layer, head, row }: MapProps & { row: number }) {
  const t = useTexts(texts);
  const canvas = useRef<HTMLCanvasElement>(null);
  const look = theme.value;
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const parent = canvas.current?.parentElement;
    if (!parent) return undefined;
    const watcher = new ResizeObserver(() => setWidth(parent.clientWidth));
    watcher.observe(parent);
    return () => watcher.disconnect();
  }, []);
  useEffect(() => {
    if (canvas.current && width > 0) drawLarge(canvas.current, attention, { layer, head, row, width });
  }, [versionOf(attention), layer, head, row, look, width]);
  const text = attention.characters.join('').replaceAll('\n', ' ');
  return (
    <canvas ref={canvas} role="img" aria-label={t.mapOf(layer + 1, head + 1, text)} data-testid="language-attention" />
  );
}

export function AttentionPanel({ session }: { session: Session<LanguageConfig, LanguageView> }) {
  const t = useTexts(texts);
  const attention = session.view.value?.attention;
  if (!attention) return null;
  const { layers, heads, characters } = attention;
  const layer = Math.min(values.value.layer, layers) - 1;
  const head = Math.min(values.value.head, heads) - 1;
  const at = Math.min(values.value.row, characters.length) - 1;
  const name = (character = ''): string =>
    character === '\n' ? t.line : character === ' ' ? t.space : `“${character}”`;
  const found = looksMost(attention, { layer, head, row: at }).map(
    ({ place, weight }) => `${name(characters[place])} (${place + 1}) ${Math.round(weight * 100)} %`,
  );
  const all = Array.from({ length: layers * heads }, (_, k) => ({ layer: Math.floor(k / heads), head: k % heads }));
  return (
    <Panel title={t.attention} wide>
      <p class="hint">{t.explainAttention}</p>
      <div class="attention">
        <div class="maps" role="group" aria-label={t.maps} style={{ '--heads': heads }}>
          {all.map((one) => (
            <button
              key={`${one.layer} ${one.head}`}
              type="button"
              aria-pressed={one.layer === layer && one.head === head}
              onClick={() => set({ layer: one.layer + 1, head: one.head + 1 })}
            >
              <SmallMap attention={attention} {...one} />
              <span>{t.map(one.layer + 1, one.head + 1)}</span>
            </button>
          ))}
        </div>
        <div class="large">
          <div class="place">
            <LargeMap attention={attention} layer={layer} head={head} row={at} />
          </div>
          <Slider
            label={t.row}
            value={at}
            min={0}
            max={characters.length - 1}
            step={1}
            format={(value) => t.rowValue(name(characters[value]), value + 1)}
            onInput={(row) => set({ row: row + 1 })}
          />
          <p class="hint" data-testid="language-looks">
            {t.looks(name(characters[at]), found.join(', '))}
          </p>
        </div>
      </div>
    </Panel>
  );
}
