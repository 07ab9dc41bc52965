import { useTexts, type Texts } from '../../../state/language.ts';
import { number, settings } from '../../../state/url.ts';
import { Slider } from '../../../ui/controls.tsx';
import { numeral, range } from '../numerals.ts';
import { Plot } from '../plot.tsx';
import { Section } from '../section.tsx';
import { useMeasured } from '../use-measures.ts';

interface SurpriseTexts {
  readonly title: string;
  readonly text: string;
  readonly p: string;
  readonly loss: string;
  readonly plot: (p: string, loss: string) => string;
  readonly said: (bits: string, perplexity: string) => string;
}

export const texts: Texts<SurpriseTexts> = {
  en: {
    title: 'The loss is surprise',
    text:
      'What had probability 1 surprises nobody: loss 0. Each time the probability of the truth is halved, the loss grows by the same amount, log 2 = 0.6931 nats, or one bit: as surprising as one more coin that falls heads.\n\n' +
      'The loss has no upper end. A model that rules out what then happens pays without limit, while from 0.9 to 0.99 there is little left to gain: cross-entropy punishes being sure and wrong. And because logarithms add where probabilities multiply, the summed loss of a data set is the minus log-likelihood of all its labels: to minimise it is to fit by maximum likelihood.',
    p: 'Probability given to the truth',
    loss: 'loss −log p',
    plot: (p, loss) => `The loss over the probability of the truth, falling steeply to 0 at 1. At ${p} it is ${loss}.`,
    said: (bits, perplexity) =>
      `As surprising as ${bits} coins that all fall heads; as unsure as an even choice among ${perplexity}.`,
  },
  zh: {
    title: '损失就是惊讶程度',
    text:
      '概率为 1 的事不会让人惊讶：损失为 0。正确类别的概率每减半一次，损失就增加同样的量：log 2 = 0.6931 奈特，即一比特，相当于又一枚硬币掷出正面。\n\n' +
      '损失没有上限。若模型认为不可能的事真的发生了，代价可以无限大；而从 0.9 到 0.99 已没有多少可赚：交叉熵惩罚的是“自信而错误”。又因为概率相乘时对数相加，数据集上损失的总和就是全部标签的负对数似然：最小化它就是最大似然拟合。',
    p: '分配给真实结果的概率',
    loss: '损失 −log p',
    plot: (p, loss) => `损失随真实类别概率变化，陡降到概率为 1 时的 0。在 ${p} 处为 ${loss}。`,
    said: (bits, perplexity) =>
      `相当于 ${bits} 枚硬币全掷出正面；其不确定程度如同在 ${perplexity} 个选项中等可能地选择。`,
  },
};

const surprise = settings({ p: number(0.25, { min: 0.001, max: 1 }) });
const grid = range(0.002, 1, 200);
// log(p / (1 − p)) and 0 as logits have p as softmax; at 1 this is 50, whose loss is 0 in float32.
const logitsOf = (p: number): [number, number] => [p === 1 ? 50 : Math.log(p / (1 - p)), 0];

export function SurpriseSection() {
  const t = useTexts(texts);
  const { p } = surprise.values.value;
  const curve = useMeasured(grid, (m, ps) => m.losses(ps.map(logitsOf), 0));
  const [loss] = useMeasured(p, (m, at) => m.losses([logitsOf(at)], 0)) ?? [];
  const set = (value: number): void => surprise.set({ p: Math.max(0.001, Number(value.toFixed(3))) });
  return (
    <Section name="surprise" title={t.title} text={t.text}>
      <Plot
        label={t.plot(numeral(p, 3), numeral(loss))}
        x={grid}
        lines={[{ label: t.loss, values: curve ?? [], tone: 'loss' }]}
        dots={loss === undefined ? [] : [{ x: p, y: loss, tone: 'loss' }]}
        xLabel="p"
        yLabel="−log p"
        yRange={[-0.2, 7]}
        onPick={set}
      />
      <Slider
        label={t.p}
        value={p}
        min={0.001}
        max={1}
        step={0.001}
        format={(value) => value.toFixed(3)}
        onInput={set}
      />
      <p class="result">
        <span>−log {numeral(p, 3)} =</span>{' '}
        <output data-testid="surprise-loss" data-value={loss}>
          {numeral(loss)}
        </output>
      </p>
      {loss !== undefined && <p class="note">{t.said((loss / Math.LN2).toFixed(2), Math.exp(loss).toPrecision(3))}</p>}
    </Section>
  );
}
