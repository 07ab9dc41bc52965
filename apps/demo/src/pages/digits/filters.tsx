// The first layer's filters: what it adds for a bright pixel, and what it takes away.

import { useTexts, type Texts } from '../../state/language.ts';
import { theme, type Theme } from '../../state/theme.ts';
import { Panel } from '../../ui/controls.tsx';
import { Pixels } from './gray-image.tsx';
import type { DigitsView } from './protocol.ts';

interface FilterTexts {
  readonly title: string;
  readonly label: (count: number, size: number) => string;
  readonly adds: string;
  readonly takes: string;
  readonly about: string;
}

const texts: Texts<FilterTexts> = {
  en: {
    title: 'What the first layer looks for',
    label: (count, size) => `${count} filters of ${size} × ${size} weights, as images that change while it trains`,
    adds: 'adds',
    takes: 'takes away',
    about:
      'Each filter slides over the image. It answers where ink lies under its first colour and not under its second.',
  },
  zh: {
    title: '第一层在寻找什么',
    label: (count, size) => `${count} 个 ${size} × ${size} 的滤波器，以图像显示，训练时随之变化`,
    adds: '正权重',
    takes: '负权重',
    about: '每个滤波器在图像上滑动。墨迹落在第一种颜色而避开第二种颜色之处，它的响应就强。',
  },
};

type Colour = readonly [red: number, green: number, blue: number];
const palettes: Readonly<Record<Theme, { ground: Colour; adds: Colour; takes: Colour }>> = {
  light: { ground: [250, 248, 242], adds: [180, 83, 9], takes: [15, 118, 110] },
  dark: { ground: [26, 31, 41], adds: [251, 191, 36], takes: [45, 212, 191] },
};
const css = (colour: Colour): string => `rgb(${colour.join(' ')})`;

/** Each weight as a colour between the ground and one of the two, the largest of the filter being that colour. */
function coloursOf(weights: Float32Array, look: Theme): Uint8ClampedArray<ArrayBuffer> {
  const { ground, adds, takes } = palettes[look];
  const most = weights.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-12);
  const colours = new Uint8ClampedArray(weights.length * 4);
  weights.forEach((weight, k) => {
    const share = Math.abs(weight) / most;
    const end = weight > 0 ? adds : takes;
    colours.set([...ground.map((from, c) => from + ((end[c] ?? 0) - from) * share), 255], 4 * k);
  });
  return colours;
}

export function Filters({ view }: { readonly view: DigitsView | undefined }) {
  const t = useTexts(texts);
  const look = theme.value;
  const { filters = new Float32Array(), size = 1 } = view ?? {};
  const each = size * size;
  const count = Math.floor(filters.length / each);
  return (
    <Panel title={t.title}>
      <div class="filters" role="img" aria-label={t.label(count, size)} data-testid="filters">
        {Array.from({ length: count }, (_, k) => (
          <Pixels key={k} colours={coloursOf(filters.subarray(k * each, (k + 1) * each), look)} side={size} />
        ))}
      </div>
      <p class="legend">
        <span class="key">
          <i style={{ background: css(palettes[look].adds) }} />
          {t.adds}
        </span>
        <span class="key">
          <i style={{ background: css(palettes[look].takes) }} />
          {t.takes}
        </span>
      </p>
      <p class="hint">{t.about}</p>
    </Panel>
  );
}
