import { useTexts, type Texts } from '../../../state/language.ts';
import { choice, number, settings } from '../../../state/url.ts';
import { Select, Slider } from '../../../ui/controls.tsx';
import { Exp, Formula, i, Log, num, op } from '../formula.tsx';
import { numeral, range } from '../numerals.ts';
import { Plot } from '../plot.tsx';
import { Section } from '../section.tsx';
import { useMeasured } from '../use-measures.ts';

interface BinaryTexts {
  readonly title: string;
  readonly text: string;
  readonly z: string;
  readonly shift: string;
  readonly truth: string;
  readonly truths: readonly [string, string];
  readonly loss: string;
  readonly other: string;
  readonly plot: (z: string, loss: string) => string;
}

export const texts: Texts<BinaryTexts> = {
  en: {
    title: 'Two classes: the logistic loss',
    text:
      'Adding the same number to all logits changes no probability, so of two logits one may be fixed at 0. Softmax of [0, z] then is the sigmoid of z, and cross-entropy becomes the *logistic loss*, log(1 + e⁻ᶻ) where the answer is yes: `binaryCrossEntropyWithLogits` takes this one logit. It is logistic regression under another name.\n\n' +
      'Far on the right side it falls off like e⁻ᶻ, far on the wrong side it grows like a straight line of slope 1. One logit per question is also what several labels at once want, where any number of answers may be yes: then each is a question of its own, and there is no softmax over them.',
    z: 'Logit z',
    shift: 'Added to both logits',
    truth: 'Target',
    truths: ['0: no', '1: yes'],
    loss: 'loss',
    other: 'if it were the other answer',
    plot: (z, loss) => `The logistic loss over the logit. At ${z} it is ${loss}.`,
  },
  zh: {
    title: '两个类别：逻辑损失',
    text:
      '给所有 logits 加上同一个数不会改变任何概率，所以两个 logits 中可以固定一个为 0。此时 [0, z] 的 softmax 就是 z 的 sigmoid，交叉熵变成*逻辑损失*：答案为“是”时等于 log(1 + e⁻ᶻ)，`binaryCrossEntropyWithLogits` 只需这一个 logit。这就是换了名字的逻辑回归。\n\n' +
      '在正确一侧的远处，它像 e⁻ᶻ 一样衰减；在错误一侧的远处，它像斜率为 1 的直线一样增长。多标签问题也用这种形式，其中任意多个答案都可以为“是”：每个标签都是一个独立的问题，不在它们之上做 softmax。',
    z: 'Logit z',
    shift: '同时加到两个 logits 上的数',
    truth: '目标',
    truths: ['0：否', '1：是'],
    loss: '损失',
    other: '若答案相反',
    plot: (z, loss) => `逻辑损失随 logit 的变化。在 ${z} 处为 ${loss}。`,
  },
};

const binary = settings({
  bz: number(1.5, { min: -8, max: 8 }),
  by: choice('1', ['0', '1']),
  shift: number(0, { min: -10, max: 10 }),
});
const grid = range(-8, 8, 161);

export function BinarySection() {
  const t = useTexts(texts);
  const { bz, by, shift } = binary.values.value;
  const y = Number(by);
  const curves = useMeasured(y, (m, truth) => [m.logistic(grid, truth), m.logistic(grid, 1 - truth)] as const);
  const answer = useMeasured({ bz, y, shift }, (m, asked) => m.binary(asked.bz, asked.y, asked.shift));
  const set = (value: number): void => binary.set({ bz: Number(value.toFixed(1)) });
  const pair = `[${numeral(shift, 1)}, ${numeral(bz + shift, 1)}]`;
  return (
    <Section
      name="binary"
      title={t.title}
      text={t.text}
      formula={
        <Formula>
          <mtext>{t.loss}</mtext>
          {op('=')}
          <Log />
          {op('(')}
          {num(1)}
          {op('+')}
          <Exp>
            {op('−')}
            {i('z')}
          </Exp>
          {op(')')}
          <mspace width="1em" />
          <mrow>
            {op('(')}
            {i('y')}
            {op('=')}
            {num(1)}
            {op(')')}
          </mrow>
        </Formula>
      }
    >
      <Plot
        label={t.plot(numeral(bz, 1), numeral(answer?.one))}
        x={grid}
        lines={[
          { label: t.loss, values: curves?.[0] ?? [], tone: 'loss' },
          { label: t.other, values: curves?.[1] ?? [], tone: 'soft', dashed: true },
        ]}
        dots={answer ? [{ x: bz, y: answer.one, tone: 'loss' }] : []}
        xLabel="z"
        yLabel={t.loss}
        yRange={[-0.3, 8.3]}
        onPick={set}
      />
      <Slider label={t.z} value={bz} min={-8} max={8} step={0.1} format={(value) => numeral(value, 1)} onInput={set} />
      <Slider
        label={t.shift}
        value={shift}
        min={-10}
        max={10}
        step={0.5}
        format={(value) => numeral(value, 1)}
        onInput={(value) => binary.set({ shift: value })}
      />
      <Select
        label={t.truth}
        value={by}
        options={(['0', '1'] as const).map((value, k) => ({ value, text: t.truths[k] ?? value }))}
        onChange={(value) => binary.set({ by: value })}
      />
      <dl class="facts-list">
        <dt>
          <code>{`softmax(${pair})[1]`}</code>
        </dt>
        <dd>{numeral(answer?.softmax)}</dd>
        <dt>
          <code>{`sigmoid(${numeral(bz, 1)})`}</code>
        </dt>
        <dd>{numeral(answer?.sigmoid)}</dd>
        <dt>
          <code>{`crossEntropy(${pair}, ${y})`}</code>
        </dt>
        <dd data-testid="two-logits" data-value={answer?.two}>
          {numeral(answer?.two)}
        </dd>
        <dt>
          <code>{`binaryCrossEntropyWithLogits(${numeral(bz, 1)}, ${y})`}</code>
        </dt>
        <dd data-testid="one-logit" data-value={answer?.one}>
          {numeral(answer?.one)}
        </dd>
      </dl>
    </Section>
  );
}
