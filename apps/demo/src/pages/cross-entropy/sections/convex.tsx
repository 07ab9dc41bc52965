import { useTexts, type Texts } from '../../../state/language.ts';
import { choice, number, settings } from '../../../state/url.ts';
import { Button, Select, Slider } from '../../../ui/controls.tsx';
import type { LossName } from '../measure.ts';
import { numeral, range } from '../numerals.ts';
import { Plot } from '../plot.tsx';
import { Section } from '../section.tsx';
import { useMeasured } from '../use-measures.ts';

interface ConvexTexts {
  readonly title: string;
  readonly text: string;
  readonly loss: string;
  readonly names: Readonly<Record<LossName, string>>;
  readonly at: string;
  readonly others: string;
  readonly ends: (a: string, b: string) => string;
  readonly chord: string;
  readonly gap: string;
  readonly second: string;
  readonly between: string;
  readonly below: string;
  readonly above: string;
  readonly plot: (t: string, loss: string, chord: string) => string;
}

export const texts: Texts<ConvexTexts> = {
  en: {
    title: 'A bowl: convex in the logits',
    text:
      'Take any two vectors of logits, a and b, and walk straight from one to the other. The loss on the way never lies above the *chord*, the straight line between the losses of the two ends. That is convexity: no hills to climb over, no local minimum that is not the lowest.\n\n' +
      'The reason: the loss is log Σ exp(z) minus a term linear in z, and the second derivative along a direction d is the variance of d under softmax. A variance is never negative. It is 0 where d moves all logits alike, which changes no probability: the bowl has a flat groove, and no slope in it.\n\n' +
      'The squared error of softmax has no such promise: choose it, and try other ends until the curve crosses its chord. Through the layers of a network neither is convex in the weights; but this last step adds no trap of its own.',
    loss: 'Loss',
    names: { crossEntropy: 'cross-entropy', squaredError: 'squared error of softmax' },
    at: 'Place t between a and b',
    others: 'Other ends',
    ends: (a, b) => `a = (${a}), b = (${b}); the first class is true.`,
    chord: 'chord',
    gap: 'chord − loss at t',
    second: 'second derivative at t',
    between: 't, from a to b',
    below: 'The loss lies on or below its chord here.',
    above: 'Here the loss lies above its chord: this one is not convex.',
    plot: (t, loss, chord) =>
      `The loss on the line from a to b and its chord. At ${t} the loss is ${loss}, the chord ${chord}.`,
  },
  zh: {
    title: '一只碗：对 logits 是凸的',
    text:
      '任取两个 logits 向量 a 与 b，沿直线从一个走到另一个。途中的损失从不高于*弦*，即两端损失之间的直线。这就是凸性：没有需要翻越的山丘，也没有不是最低的局部最小值。\n\n' +
      '原因：损失等于 log Σ exp(z) 减去一个对 z 线性的项，沿方向 d 的二阶导数是 d 在 softmax 下的方差。方差从不为负。当 d 使所有 logits 同样移动时它为 0，概率不变：碗底有一条平坦的槽，沿槽没有坡度。\n\n' +
      'softmax 的平方误差没有这种保证：选择它，换几组端点，直到曲线越过弦。经过网络各层之后，二者对权重都不是凸的；但这最后一步自身不会添加陷阱。',
    loss: '损失',
    names: { crossEntropy: '交叉熵', squaredError: 'softmax 的平方误差' },
    at: 'a 与 b 之间的位置 t',
    others: '换一组端点',
    ends: (a, b) => `a = (${a})，b = (${b})；第一类为真。`,
    chord: '弦',
    gap: 't 处的弦 − 损失',
    second: 't 处的二阶导数',
    between: 't，从 a 到 b',
    below: '此处损失在弦上或弦下。',
    above: '此处损失高于弦：这个损失不是凸的。',
    plot: (t, loss, chord) => `从 a 到 b 直线上的损失与弦。在 ${t} 处，损失为 ${loss}，弦为 ${chord}。`,
  },
};

const convex = settings({
  line: choice('crossEntropy', ['crossEntropy', 'squaredError']),
  ends: number(1, { min: 0, max: 99999, whole: true }),
  t: number(0.5, { min: 0, max: 1 }),
});
const grid = range(0, 1, 101);
const listed = (values: readonly number[]): string => values.map((value) => numeral(value, 1)).join(', ');

export function ConvexSection() {
  const t = useTexts(texts);
  const { line, ends, t: at } = convex.values.value;
  const shown = useMeasured({ line, ends }, (m, asked) => {
    const [a, b] = m.ends(asked.ends, 3);
    return { a, b, values: m.along(asked.line, a, b, 0, grid) };
  });
  const place = useMeasured({ line, ends, at }, (m, asked) =>
    m.alongAt(asked.line, ...m.ends(asked.ends, 3), 0, asked.at),
  );
  const values = shown?.values ?? [];
  const [first = 0, last = 0] = [values[0], values.at(-1)];
  const chordAt = (x: number): number => first + (last - first) * x;
  const top = Math.max(1, ...values) * 1.1;
  const gap = place && chordAt(at) - place.value;
  const set = (value: number): void => convex.set({ t: Number(value.toFixed(2)) });
  return (
    <Section name="convex" title={t.title} text={t.text}>
      <div class="typed">
        <Select
          label={t.loss}
          value={line}
          options={(['crossEntropy', 'squaredError'] as const).map((value) => ({ value, text: t.names[value] }))}
          onChange={(value) => convex.set({ line: value })}
        />
        <div class="buttons">
          <Button onClick={() => convex.set({ ends: (ends + 1) % 100000 })}>{t.others}</Button>
        </div>
      </div>
      <Plot
        label={t.plot(numeral(at, 2), numeral(place?.value), numeral(shown && chordAt(at)))}
        x={grid}
        lines={[
          { label: t.names[line], values, tone: 'loss' },
          { label: t.chord, values: shown ? grid.map(chordAt) : [], tone: 'soft', dashed: true },
        ]}
        dots={
          place
            ? [
                { x: at, y: place.value, tone: 'loss' },
                { x: at, y: chordAt(at), tone: 'soft', filled: false },
              ]
            : []
        }
        xLabel={t.between}
        yLabel={t.loss}
        yRange={[-0.05 * top, top]}
        onPick={set}
      />
      <p class="note">{shown && t.ends(listed(shown.a), listed(shown.b))}</p>
      <Slider label={t.at} value={at} min={0} max={1} step={0.01} format={(value) => value.toFixed(2)} onInput={set} />
      <dl class="facts-list">
        <dt>{t.gap}</dt>
        <dd data-testid="chord-gap" data-value={gap}>
          {numeral(gap)}
        </dd>
        <dt>{t.second}</dt>
        <dd data-testid="second-derivative" data-value={place?.second}>
          {numeral(place?.second)}
        </dd>
      </dl>
      <p class="note" role="status">
        {gap !== undefined && (gap < -1e-5 ? t.above : t.below)}
      </p>
    </Section>
  );
}
