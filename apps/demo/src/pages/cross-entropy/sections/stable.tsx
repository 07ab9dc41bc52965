import { useTexts, type Texts } from '../../../state/language.ts';
import { choice, number, settings } from '../../../state/url.ts';
import { Select, Slider } from '../../../ui/controls.tsx';
import type { Way } from '../measure.ts';
import { numeral } from '../numerals.ts';
import { Section } from '../section.tsx';
import { useMeasured } from '../use-measures.ts';

interface StableTexts {
  readonly title: string;
  readonly text: string;
  readonly size: string;
  readonly truth: string;
  readonly truths: readonly [string, string];
  readonly table: string;
  readonly way: string;
  readonly loss: string;
  readonly gradient: string;
  readonly said: Readonly<Record<Way, string>>;
}

export const texts: Texts<StableTexts> = {
  en: {
    title: 'Why logits go in, and not probabilities',
    text:
      'On paper it does not matter whether one takes softmax first and the logarithm after. In float32 it does. exp(89) is beyond the largest float32, so the textbook formula divides by ∞: the largest logit gets ∞/∞, which is NaN, and all others probability 0. Subtracting the largest logit first saves that; but a probability below about e⁻¹⁰⁴ is rounded to 0, and −log 0 is ∞.\n\n' +
      'Taken together, log softmax is z − m − log Σ exp(z − m), where m is the largest logit: the sum lies between 1 and the number of classes, and nothing can overflow or vanish. So `crossEntropy` takes logits and does both in one: accurate, and finite wherever the loss itself fits into float32; and so is its gradient.\n\n' +
      'Feeding it probabilities is the commonest mistake: softmax is then applied twice. It runs, and even learns, but slowly: the second softmax sees numbers between 0 and 1 alone, so with two classes the loss stays between 0.3133 and 1.3133 and the gradient fades.',
    size: 'Logits [s, 0]: s',
    truth: 'Target',
    truths: ['0: the model is right', '1: the model is wrong'],
    table: 'One loss in four ways',
    way: 'code',
    loss: 'loss',
    gradient: 'gradient',
    said: {
      naive: 'the textbook formula',
      softmax: 'softmax, then log',
      twice: 'probabilities fed in: softmax twice',
      fused: 'logits fed in: right',
    },
  },
  zh: {
    title: '为什么输入 logits 而不是概率',
    text:
      '在纸面上，先求 softmax 再取对数并无区别。在 float32 中却有。exp(89) 超出了 float32 的最大值，教科书公式便除以 ∞：最大的 logit 得到 ∞/∞ 即 NaN，其余概率为 0。先减去最大的 logit 可以避免；但小于约 e⁻¹⁰⁴ 的概率会舍入为 0，而 −log 0 是 ∞。\n\n' +
      '合起来算，log softmax 等于 z − m − log Σ exp(z − m)，其中 m 是最大的 logit：这个和介于 1 与类别数之间，既不会溢出也不会消失。因此 `crossEntropy` 接收 logits，一步完成两者：只要损失本身在 float32 范围内，结果就是有限而准确的，梯度亦然。\n\n' +
      '输入概率是最常见的错误：softmax 被应用了两次。程序能跑，甚至能学，但很慢：第二个 softmax 只看到 0 到 1 之间的数，两个类别时损失停在 0.3133 与 1.3133 之间，梯度也变弱。',
    size: 'Logits [s, 0] 中的 s',
    truth: '目标',
    truths: ['0：模型正确', '1：模型错误'],
    table: '同一损失的四种算法',
    way: '代码',
    loss: '损失',
    gradient: '梯度',
    said: {
      naive: '教科书公式',
      softmax: '先 softmax 再取对数',
      twice: '输入概率：softmax 用了两次',
      fused: '输入 logits：正确',
    },
  },
};

const code: Readonly<Record<Way, string>> = {
  naive: 'nllLoss(z.exp().div(z.exp().sum()).log(), y)',
  softmax: 'nllLoss(z.softmax(0).log(), y)',
  twice: 'crossEntropy(z.softmax(0), y)',
  fused: 'crossEntropy(z, y)',
};

const ways: readonly Way[] = ['naive', 'softmax', 'twice', 'fused'];

const stable = settings({
  s: number(60, { min: 0, max: 200 }),
  sy: choice('1', ['0', '1']),
});

export function StableSection() {
  const t = useTexts(texts);
  const { s, sy } = stable.values.value;
  const answers = useMeasured({ s, sy }, (m, asked) => ways.map((way) => m.byWay(way, [asked.s, 0], Number(asked.sy))));
  return (
    <Section name="stable" title={t.title} text={t.text}>
      <Slider label={t.size} value={s} min={0} max={200} step={1} onInput={(value) => stable.set({ s: value })} />
      <Select
        label={t.truth}
        value={sy}
        options={(['0', '1'] as const).map((value, k) => ({ value, text: t.truths[k] ?? value }))}
        onChange={(value) => stable.set({ sy: value })}
      />
      <div class="scroll" tabIndex={0} role="group" aria-label={t.table}>
        <table class="ways">
          <thead>
            <tr>
              <th scope="col">{t.way}</th>
              <th scope="col">{t.loss}</th>
              <th scope="col">{t.gradient}</th>
            </tr>
          </thead>
          <tbody>
            {ways.map((way, k) => {
              const answer = answers?.[k];
              const broken = answer !== undefined && ![answer.loss, ...answer.gradient].every(Number.isFinite);
              return (
                <tr key={way} class={broken ? 'broken' : ''}>
                  <th scope="row">
                    {t.said[way]}
                    <code>{code[way]}</code>
                  </th>
                  <td data-testid={`way-${way}`} data-value={answer?.loss}>
                    {numeral(answer?.loss)}
                  </td>
                  <td>{answer?.gradient.map((g) => numeral(g, 3)).join(' ')}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
