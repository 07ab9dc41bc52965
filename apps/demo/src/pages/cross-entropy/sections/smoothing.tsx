import { useTexts, type Texts } from '../../../state/language.ts';
import { number, settings } from '../../../state/url.ts';
import { Slider } from '../../../ui/controls.tsx';
import { numeral, range } from '../numerals.ts';
import { Plot } from '../plot.tsx';
import { Section } from '../section.tsx';
import { useMeasured } from '../use-measures.ts';

interface SmoothingTexts {
  readonly title: string;
  readonly text: string;
  readonly epsilon: string;
  readonly margin: string;
  readonly hard: string;
  readonly smooth: string;
  readonly lead: string;
  readonly loss: string;
  readonly best: string;
  readonly nowhere: string;
  readonly plot: (margin: string, hard: string, smooth: string) => string;
}

export const texts: Texts<SmoothingTexts> = {
  en: {
    title: 'Label smoothing: enough is enough',
    text:
      'With hard targets the loss has no lowest point: it always pays to raise the score of the truth a little more, and weights grow as long as one trains. Label smoothing takes a share ε of the target and spreads it evenly over all C classes: the truth keeps 1 − ε + ε/C, the others get ε/C each.\n\n' +
      'Now there is a best lead of the truth over the others, and it is finite: where softmax gives the smoothed target itself. Beyond it the loss rises again. What remains at that point is the entropy of the smoothed target: a loss that no model can go below, so losses with and without smoothing cannot be compared.\n\n' +
      'Ten classes here; the truth leads all others by the same margin.',
    epsilon: 'Smoothing ε',
    margin: 'Lead of the truth',
    hard: 'without smoothing',
    smooth: 'with smoothing',
    lead: 'lead of the truth, in logits',
    loss: 'loss',
    best: 'best lead, loss there',
    nowhere: 'without end, 0',
    plot: (margin, hard, smooth) =>
      `The loss over the lead of the truth. At ${margin} it is ${hard} without smoothing, ${smooth} with it; the smoothed one has a lowest point, marked by a ring.`,
  },
  zh: {
    title: '标签平滑：适可而止',
    text:
      '目标为硬标签时，损失没有最低点：再抬高一点正确类别的得分总有好处，权重便随训练不断增大。标签平滑从目标中取出 ε 的份额，平均分给全部 C 个类别：正确类别保留 1 − ε + ε/C，其余各得 ε/C。\n\n' +
      '于是正确类别相对其他类别有了一个最佳领先量，而且是有限的：在那里 softmax 恰好等于平滑后的目标。超过它，损失重新上升。该点剩下的损失是平滑目标的熵：任何模型都无法更低，所以有平滑与无平滑的损失不能直接比较。\n\n' +
      '图中有十个类别，正确类别以相同的差距领先其他所有类别。',
    epsilon: '平滑 ε',
    margin: '正确类别的领先量',
    hard: '无平滑',
    smooth: '有平滑',
    lead: '正确类别的领先量（logits）',
    loss: '损失',
    best: '最佳领先量及其损失',
    nowhere: '无穷，0',
    plot: (margin, hard, smooth) =>
      `损失随正确类别领先量的变化。在 ${margin} 处，无平滑为 ${hard}，有平滑为 ${smooth}；平滑的损失有最低点，以圆环标出。`,
  },
};

const smoothing = settings({
  eps: number(0.1, { min: 0, max: 0.5 }),
  lead: number(8, { min: -2, max: 12 }),
});
const grid = range(-2, 12, 141);
const classes = 10;
const leading = (lead: number): number[] => Array.from({ length: classes }, (_, k) => (k === 0 ? lead : 0));

export function SmoothingSection() {
  const t = useTexts(texts);
  const { eps, lead } = smoothing.values.value;
  const best = Math.log((1 - eps + eps / classes) / (eps / classes));
  const hard = useMeasured(grid, (m, leads) => m.losses(leads.map(leading), 0));
  const smooth = useMeasured(eps, (m, share) => m.losses(grid.map(leading), 0, share));
  const at = useMeasured({ eps, lead, best }, (m, asked) => ({
    hard: m.losses([leading(asked.lead)], 0)[0],
    smooth: m.losses([leading(asked.lead)], 0, asked.eps)[0],
    best: asked.eps > 0 ? m.losses([leading(best)], 0, asked.eps)[0] : undefined,
  }));
  const set = (value: number): void => smoothing.set({ lead: Number(value.toFixed(1)) });
  return (
    <Section name="smoothing" title={t.title} text={t.text}>
      <Plot
        label={t.plot(numeral(lead, 1), numeral(at?.hard), numeral(at?.smooth))}
        x={grid}
        lines={[
          { label: t.smooth, values: smooth ?? [], tone: 'loss' },
          { label: t.hard, values: hard ?? [], tone: 'soft', dashed: true },
        ]}
        dots={[
          ...(at?.smooth === undefined ? [] : [{ x: lead, y: at.smooth, tone: 'loss' as const }]),
          ...(at?.hard === undefined ? [] : [{ x: lead, y: at.hard, tone: 'soft' as const }]),
          ...(at?.best === undefined ? [] : [{ x: best, y: at.best, tone: 'loss' as const, filled: false }]),
        ]}
        xLabel={t.lead}
        yLabel={t.loss}
        yRange={[-0.2, 5]}
        onPick={set}
      />
      <Slider
        label={t.epsilon}
        value={eps}
        min={0}
        max={0.5}
        step={0.01}
        format={(value) => value.toFixed(2)}
        onInput={(value) => smoothing.set({ eps: value })}
      />
      <Slider
        label={t.margin}
        value={lead}
        min={-2}
        max={12}
        step={0.1}
        format={(value) => numeral(value, 1)}
        onInput={set}
      />
      <dl class="facts-list">
        <dt>{t.hard}</dt>
        <dd data-testid="hard-loss" data-value={at?.hard}>
          {numeral(at?.hard)}
        </dd>
        <dt>{t.smooth}</dt>
        <dd data-testid="smoothed-loss" data-value={at?.smooth}>
          {numeral(at?.smooth)}
        </dd>
        <dt>{t.best}</dt>
        <dd>{eps > 0 ? `${numeral(best, 2)}, ${numeral(at?.best)}` : t.nowhere}</dd>
      </dl>
    </Section>
  );
}
