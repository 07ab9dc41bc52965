import { useTexts, type Texts } from '../../../state/language.ts';
import { number, settings } from '../../../state/url.ts';
import { Slider } from '../../../ui/controls.tsx';
import { numeral, range } from '../numerals.ts';
import { Plot } from '../plot.tsx';
import { Section } from '../section.tsx';
import { useMeasured } from '../use-measures.ts';

interface GradientTexts {
  readonly title: string;
  readonly text: string;
  readonly z: string;
  readonly entropy: string;
  readonly squared: string;
  readonly plot: (z: string, entropy: string, squared: string) => string;
  readonly pull: string;
  readonly strength: string;
}

export const texts: Texts<GradientTexts> = {
  en: {
    title: 'The gradient is what is missing: p\u00a0−\u00a0q',
    text:
      'The derivative of the loss by each logit is the predicted probability minus the true one. The score of the truth is pulled up by what its probability lacks, each other score pushed down by the probability it took, and all of these add up to 0.\n\n' +
      'It works because the logarithm of the loss undoes the exponential of softmax. Put the squared error on top of softmax instead, and the slope of softmax stays in the product: where the model is sure and wrong, softmax is flat, and the gradient vanishes exactly where most is to be learnt. Cross-entropy pulls there with nearly full strength, 1.\n\n' +
      'Here the true class has logit z, another has 0. Move z far to the left.',
    z: 'Logit z of the truth',
    entropy: 'cross-entropy',
    squared: 'squared error of softmax',
    plot: (z, entropy, squared) =>
      `How hard each loss pulls the logit of the truth upward. At ${z}, cross-entropy pulls with ${entropy}, the squared error with ${squared}.`,
    pull: 'pull on z, −∂loss/∂z',
    strength: 'pull',
  },
  zh: {
    title: '梯度就是差多少：p − q',
    text:
      '损失对每个 logit 的导数，就是预测概率减去真实概率。正确类别的得分被向上拉，力度是其概率所缺的部分；其他类别的得分被向下推，力度是它们占去的概率；全部相加为 0。\n\n' +
      '原因在于损失中的对数恰好抵消了 softmax 中的指数。如果在 softmax 之上改用平方误差，softmax 的斜率就留在乘积里：模型自信而错误时 softmax 是平的，梯度恰恰在最该学习的地方消失。交叉熵在那里几乎以全力 1 去拉。\n\n' +
      '图中正确类别的 logit 为 z，另一类别为 0。把 z 移到最左边试试。',
    z: '正确类别的 logit z',
    entropy: '交叉熵',
    squared: 'softmax 的平方误差',
    plot: (z, entropy, squared) =>
      `两种损失把正确类别的 logit 向上拉的力度。在 ${z} 处，交叉熵为 ${entropy}，平方误差为 ${squared}。`,
    pull: '对 z 的拉力 −∂loss/∂z',
    strength: '拉力',
  },
};

const gradient = settings({ pull: number(-4, { min: -8, max: 8 }) });
const grid = range(-8, 8, 161);

export function GradientSection() {
  const t = useTexts(texts);
  const { pull: z } = gradient.values.value;
  const curves = useMeasured(grid, (m, zs) =>
    (['crossEntropy', 'squaredError'] as const).map((name) => m.pulls(name, zs, 0).map((slope) => -slope)),
  );
  const [entropy, squared] =
    useMeasured(z, (m, at) =>
      (['crossEntropy', 'squaredError'] as const).map((name) => m.pulls(name, [at], 0).map((slope) => -slope)[0]),
    ) ?? [];
  const set = (value: number): void => gradient.set({ pull: Number(value.toFixed(1)) });
  return (
    <Section name="gradient" title={t.title} text={t.text}>
      <Plot
        label={t.plot(numeral(z, 1), numeral(entropy), numeral(squared))}
        x={grid}
        lines={[
          { label: t.entropy, values: curves?.[0] ?? [], tone: 'gradient' },
          { label: t.squared, values: curves?.[1] ?? [], tone: 'soft', dashed: true },
        ]}
        dots={[
          ...(entropy === undefined ? [] : [{ x: z, y: entropy, tone: 'gradient' as const }]),
          ...(squared === undefined ? [] : [{ x: z, y: squared, tone: 'soft' as const, filled: false }]),
        ]}
        xLabel="z"
        yLabel={t.strength}
        yRange={[-0.05, 1.05]}
        onPick={set}
      />
      <Slider label={t.z} value={z} min={-8} max={8} step={0.1} format={(value) => numeral(value, 1)} onInput={set} />
      <dl class="facts-list">
        <dt>
          {t.pull}, {t.entropy}
        </dt>
        <dd data-testid="pull-cross-entropy" data-value={entropy}>
          {numeral(entropy)}
        </dd>
        <dt>
          {t.pull}, {t.squared}
        </dt>
        <dd data-testid="pull-squared-error" data-value={squared}>
          {numeral(squared)}
        </dd>
      </dl>
    </Section>
  );
}
