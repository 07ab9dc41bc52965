import { useTexts, type Texts } from '../../../state/language.ts';
import { number, settings } from '../../../state/url.ts';
import { Slider } from '../../../ui/controls.tsx';
import { numeral, range } from '../numerals.ts';
import { Plot } from '../plot.tsx';
import { Section } from '../section.tsx';
import { useMeasured } from '../use-measures.ts';

interface TemperatureTexts {
  readonly title: string;
  readonly text: string;
  readonly temperature: string;
  readonly loss: string;
  readonly says: string;
  readonly right: string;
  readonly plot: (t: string, loss: string) => string;
}

export const texts: Texts<TemperatureTexts> = {
  en: {
    title: 'Temperature: how sure is too sure',
    text:
      'Divide all logits by a temperature T before softmax. The order of the classes stays, and with it the accuracy; what changes is how sure the model is. T below 1 sharpens towards a single class, T above 1 flattens towards the even guess; the gradient by the logits becomes (p − q) / T.\n\n' +
      'The loss notices. This model gives its favourite a lead of 6, which means 0.9975, each time; but it is right only four times out of five. Its mean loss is lowest at the temperature where it says what it can keep: 0.8. This is *temperature scaling*, by which trained classifiers are calibrated on data held back. Find the lowest point.',
    temperature: 'Temperature T',
    loss: 'mean loss',
    says: 'what the model says',
    right: 'how often it is right',
    plot: (t, loss) => `The mean loss over the temperature, with one lowest point near 4.3. At ${t} it is ${loss}.`,
  },
  zh: {
    title: '温度：多有把握才算过头',
    text:
      '在 softmax 之前把所有 logits 除以温度 T。类别的次序不变，准确率也就不变；变的是模型的把握。T 小于 1 使分布向单一类别集中，T 大于 1 使其趋于平均；对 logits 的梯度变为 (p − q) / T。\n\n' +
      '损失能察觉这一点。图中的模型每次都让首选类别领先 6，即 0.9975 的把握；但五次中只对四次。当温度使它说出自己能兑现的概率 0.8 时，平均损失最低。这就是*温度缩放*：用留出的数据校准训练好的分类器。请找出最低点。',
    temperature: '温度 T',
    loss: '平均损失',
    says: '模型所说的概率',
    right: '实际正确的频率',
    plot: (t, loss) => `平均损失随温度的变化，在 4.3 附近有唯一最低点。在 ${t} 处为 ${loss}。`,
  },
};

const temperature = settings({ heat: number(1, { min: 0.8, max: 10 }) });
const grid = range(0.8, 10, 185);
const logits = [6, 0];
/** Four samples out of five have the first class, one the second: their mean loss is the loss of one with this target. */
const right = [0.8, 0.2];

export function TemperatureSection() {
  const t = useTexts(texts);
  const { heat } = temperature.values.value;
  const curve = useMeasured(grid, (m, heats) => m.losses(heats.map((at) => logits.map((z) => z / at)), right)); // prettier-ignore
  const answer = useMeasured(heat, (m, at) => m.single({ logits, target: right, temperature: at }));
  const set = (value: number): void => temperature.set({ heat: Number(value.toFixed(2)) });
  return (
    <Section name="temperature" title={t.title} text={t.text}>
      <Plot
        label={t.plot(numeral(heat, 2), numeral(answer?.loss))}
        x={grid}
        lines={[{ label: t.loss, values: curve ?? [], tone: 'loss' }]}
        dots={answer ? [{ x: heat, y: answer.loss, tone: 'loss' }] : []}
        xLabel="T"
        yLabel={t.loss}
        yRange={[0.4, 1.6]}
        onPick={set}
      />
      <Slider
        label={t.temperature}
        value={heat}
        min={0.8}
        max={10}
        step={0.05}
        format={(value) => value.toFixed(2)}
        onInput={set}
      />
      <dl class="facts-list">
        <dt>{t.says}</dt>
        <dd data-testid="temperature-probability">{numeral(answer?.probabilities[0])}</dd>
        <dt>{t.right}</dt>
        <dd>{numeral(right[0])}</dd>
        <dt>{t.loss}</dt>
        <dd data-testid="temperature-loss" data-value={answer?.loss}>
          <strong>{numeral(answer?.loss)}</strong>
        </dd>
      </dl>
    </Section>
  );
}
