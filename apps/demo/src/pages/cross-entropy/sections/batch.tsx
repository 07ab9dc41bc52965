import { language, useTexts, type Texts } from '../../../state/language.ts';
import { numbers, settings } from '../../../state/url.ts';
import { Bars } from '../bars.tsx';
import { classNames } from '../classes.ts';
import { Formula, Frac, Log, op, Sub, Sum } from '../formula.tsx';
import { fitted, numeral } from '../numerals.ts';
import { Section } from '../section.tsx';
import { useMeasured } from '../use-measures.ts';

interface BatchTexts {
  readonly title: string;
  readonly text: string;
  readonly table: string;
  readonly logits: string;
  readonly target: string;
  readonly targetOf: (k: number) => string;
  readonly ignored: string;
  readonly each: string;
  readonly gradient: string;
  readonly weights: string;
  readonly mean: string;
  readonly nothing: string;
}

export const texts: Texts<BatchTexts> = {
  en: {
    title: 'A batch: class weights and ignored targets',
    text:
      'Over a batch, `crossEntropy` gives the mean. A *class weight* multiplies the loss of each sample by the weight of its true class, so that rare classes are heard among frequent ones. The mean then divides by the sum of these weights and not by the number of samples, as in PyTorch: it is a weighted mean, and doubling all weights changes nothing.\n\n' +
      'A target equal to `ignoreIndex`, −100 unless another is given, counts for nothing: not in the sum, not in the divisor, and its gradient is 0. So padding in a sequence, or pixels without a label, are left out while the batch keeps its shape. If all are ignored there is nothing to take a mean of: 0/0, NaN, here as there.',
    table: 'Four samples of a batch',
    logits: 'logits',
    target: 'target',
    targetOf: (k) => `Target of sample ${k}`,
    ignored: 'ignored (−100)',
    each: 'weighted loss',
    gradient: 'gradient of the mean',
    weights: 'Weights w',
    mean: 'mean',
    nothing: 'All targets are ignored, or weigh nothing: the mean over nothing is NaN. Choose a target.',
  },
  zh: {
    title: '一个批次：类别权重与忽略的目标',
    text:
      '对一个批次，`crossEntropy` 给出平均值。*类别权重*把每个样本的损失乘以其正确类别的权重，让稀少的类别在常见的类别中也有声音。此时平均值除以这些权重之和，而不是样本数，与 PyTorch 相同：这是加权平均，所有权重同时加倍不会有任何变化。\n\n' +
      '等于 `ignoreIndex`（默认 −100）的目标完全不计：不进入总和，不进入除数，梯度为 0。这样序列中的填充或没有标签的像素可以略过，而批次保持形状。如果全部忽略，就没有可平均的内容：0/0，即 NaN，两处皆然。',
    table: '一个批次中的四个样本',
    logits: 'logits',
    target: '目标',
    targetOf: (k) => `样本 ${k} 的目标`,
    ignored: '忽略（−100）',
    each: '加权损失',
    gradient: '平均值的梯度',
    weights: '权重 w',
    mean: '平均',
    nothing: '所有目标都被忽略，或权重为零：对空集求平均得 NaN。请选择一个目标。',
  },
};

const ignoreIndex = -100;
const samples = [
  [2, 1, -1],
  [0.5, 2.5, 0],
  [1, 1, 0],
  [-1, 0, 3],
];
const fields = settings({
  bt: numbers([0, 1, 2, ignoreIndex], { min: ignoreIndex, max: 2, most: 4 }),
  bw: numbers([1, 1, 3], { min: 0, max: 5, most: 3 }),
});

export function BatchSection() {
  const t = useTexts(texts);
  const { bt, bw } = fields.values.value;
  const names = classNames[language.value].slice(0, 3);
  const targets = fitted(bt, samples.length, ignoreIndex).map((y) => (y === 0 || y === 1 || y === 2 ? y : ignoreIndex));
  const weight = fitted(bw, 3, 1);
  const answer = useMeasured({ targets, weight }, (m, asked) => m.batch({ logits: samples, ignoreIndex, ...asked }));
  const counted = targets.filter((y) => y !== ignoreIndex).map((y) => weight[y] ?? 0);
  const set = (k: number, text: string): void =>
    fields.set({ bt: targets.map((y, j) => (j === k ? Number(text) : y)) });
  return (
    <Section
      name="batch"
      title={t.title}
      text={t.text}
      formula={
        <Formula>
          <mtext>{t.mean}</mtext>
          {op('=')}
          <Frac
            above={
              <Sum over="n">
                <Sub of="w" at="yₙ" />
                {op('(')}
                {op('−')}
                <Log />
                <mspace width="0.15em" />
                <Sub of="p" at="yₙ" />
                {op(')')}
              </Sum>
            }
            below={
              <Sum over="n">
                <Sub of="w" at="yₙ" />
              </Sum>
            }
          />
        </Formula>
      }
    >
      <div class="scroll" tabIndex={0} role="group" aria-label={t.table}>
        <table class="samples">
          <thead>
            <tr>
              <th scope="col">{t.logits}</th>
              <th scope="col">{t.target}</th>
              <th scope="col">{t.each}</th>
              <th scope="col">{t.gradient}</th>
            </tr>
          </thead>
          <tbody>
            {samples.map((logits, k) => (
              <tr key={logits.join()}>
                <th scope="row">{logits.map((z) => numeral(z, 1)).join(' ')}</th>
                <td>
                  <select
                    aria-label={t.targetOf(k + 1)}
                    value={String(targets[k])}
                    onChange={(event) => set(k, event.currentTarget.value)}
                  >
                    {names.map((name, y) => (
                      <option key={name} value={String(y)}>
                        {name}
                      </option>
                    ))}
                    <option value={String(ignoreIndex)}>{t.ignored}</option>
                  </select>
                </td>
                <td>{numeral(answer?.each[k])}</td>
                <td>{answer?.gradients[k]?.map((g) => numeral(g, 2)).join(' ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Bars
        title={t.weights}
        names={names}
        values={weight}
        min={0}
        max={5}
        step={0.1}
        digits={1}
        tone="soft"
        onChange={(k, value) => fields.set({ bw: weight.map((w, j) => (j === k ? value : w)) })}
      />
      <p class="result">
        <span>
          {t.mean} = {numeral(answer?.sum)} /{' '}
          {counted.length > 0 ? `(${counted.map((w) => numeral(w, 1)).join(' + ')})` : '0'} ={' '}
        </span>
        <output data-testid="batch-mean" data-value={answer?.mean}>
          {numeral(answer?.mean)}
        </output>
      </p>
      <div role="status" aria-live="polite">
        {answer && Number.isNaN(answer.mean) && <p class="notice">{t.nothing}</p>}
      </div>
    </Section>
  );
}
