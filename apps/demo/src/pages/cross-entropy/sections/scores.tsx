import { language, useTexts, type Texts } from '../../../state/language.ts';
import { Code } from '../../../ui/code.tsx';
import { Button, Select, Slider, Toggle } from '../../../ui/controls.tsx';
import { Bars } from '../bars.tsx';
import { classNames } from '../classes.ts';
import { Exp, Formula, Frac, Log, op, Sub, Sum } from '../formula.tsx';
import { numeral, redistributed, rounded } from '../numerals.ts';
import { askedFor, scores, untouched } from '../scores-settings.ts';
import { Section } from '../section.tsx';
import { lossCode } from '../source.ts';
import { useMeasured, useMeasures } from '../use-measures.ts';

interface ScoreTexts {
  readonly title: string;
  readonly text: string;
  readonly classes: string;
  readonly target: string;
  readonly soft: string;
  readonly smoothing: string;
  readonly temperature: string;
  readonly weighted: string;
  readonly logits: readonly [string, string];
  readonly chances: readonly [string, string];
  readonly surprisals: readonly [string, string];
  readonly truth: readonly [string, string];
  readonly gradient: string;
  readonly weights: readonly [string, string];
  readonly loss: string;
  readonly step: string;
  readonly reset: string;
  readonly code: string;
  readonly sumOfGradient: string;
}

export const texts: Texts<ScoreTexts> = {
  en: {
    title: 'From scores to a loss',
    text:
      'A classifier gives each class a score z, any real number: its *logit*. `softmax` turns the scores into probabilities p: positive, and 1 in all. The target q says what is true. Cross-entropy is what the prediction costs: the minus logarithm of the probability given to each class, counted as much as the target says.\n\n' +
      'With one true class all terms but one are 0, and the loss is −log of the probability of the truth. Drag the bars that have handles, the scores and the target, or move them with the arrow keys.',
    classes: 'Classes',
    target: 'Target',
    soft: 'a distribution',
    smoothing: 'Label smoothing ε',
    temperature: 'Temperature T',
    weighted: 'Class weights',
    logits: ['Logits z', 'scores: drag them'],
    chances: ['Softmax p', 'what is predicted'],
    surprisals: ['−log p', 'what each class would cost'],
    truth: ['Target q', 'what is true: drag it'],
    gradient: 'Gradient ∂loss/∂z',
    weights: ['Weights w', 'how much a class counts'],
    loss: 'loss',
    step: 'One step of descent: z ← z − gradient',
    reset: 'Reset',
    code: 'The code that computes this figure',
    sumOfGradient: 'sum of the gradient',
  },
  zh: {
    title: '从得分到损失',
    text:
      '分类器给每个类别一个得分 z，可以是任意实数，称为 *logit*。`softmax` 把得分变成概率 p：全部为正，总和为 1。目标 q 说明什么是真的。交叉熵是这个预测的代价：对每个类别所得概率取负对数，再按目标的比重相加。\n\n' +
      '如果只有一个正确类别，除一项外其余各项都为 0，损失就是正确类别概率的 −log。拖动带手柄的条（得分与目标），或用方向键移动它们。',
    classes: '类别数',
    target: '目标',
    soft: '一个分布',
    smoothing: '标签平滑 ε',
    temperature: '温度 T',
    weighted: '类别权重',
    logits: ['Logits z', '得分：可拖动'],
    chances: ['Softmax p', '预测的概率'],
    surprisals: ['−log p', '各类别为真时的代价'],
    truth: ['目标 q', '什么是真的：可拖动'],
    gradient: '梯度 ∂loss/∂z',
    weights: ['权重 w', '该类别的份量'],
    loss: '损失',
    step: '下降一步：z ← z − 梯度',
    reset: '重置',
    code: '计算此图的代码',
    sumOfGradient: '梯度之和',
  },
};

export function ScoresSection() {
  const t = useTexts(texts);
  const settings = scores.values.value;
  const asked = askedFor(settings);
  const measures = useMeasures();
  const answer = useMeasured(asked, (m, question) => m.single(question));
  const { logits, shares, smoothed, weight, smoothing = 0, temperature = 1, target } = asked;
  const names = classNames[language.value].slice(0, settings.classes);
  const soft = typeof target !== 'number';
  const chosen = soft ? 'soft' : String(target);

  const move = (k: number, value: number): void => scores.set({ z: logits.map((z, j) => (j === k ? value : z)) });
  const share = (k: number, value: number): void => scores.set({ q: rounded(redistributed(shares, k, value)) });
  const weigh = (k: number, value: number): void =>
    scores.set({ weights: (weight ?? []).map((w, j) => (j === k ? value : w)) });
  const choose = (value: string): void =>
    value === 'soft' ? scores.set({ q: rounded(shares) }) : scores.set({ y: Number(value), q: [] });
  const descend = (): void => {
    if (!answer || !measures) return;
    const next = measures.descended(logits, answer.gradient, 1).map((z) => Math.min(6, Math.max(-6, z)));
    scores.set({ z: rounded(next, 4) });
  };
  const total = answer?.gradient.reduce((sum, value) => sum + value, 0);
  const steepest = Math.ceil(Math.max(1, ...(answer?.gradient ?? []).map(Math.abs)));
  const rule = weight ? 'p·Σwq − wq' : 'p − q';
  const surprisals = answer?.surprisals;
  const term = (q: number, k: number): string => {
    const factors = [...(weight ? [numeral(weight[k], 1)] : []), ...(q < 1 ? [numeral(q, 3)] : [])];
    return [
      ...factors,
      factors.length > 0 ? numeral(surprisals?.[k]) : `−log ${numeral(answer?.probabilities[k])}`,
    ].join(' × ');
  };
  const terms = smoothed.flatMap((q, k) => (q > 0 ? [term(q, k)] : []));

  return (
    <Section
      name="scores"
      title={t.title}
      text={t.text}
      wide
      formula={
        <div class="formulas">
          <Formula>
            <Sub of="p" at="i" />
            {op('=')}
            <Frac
              above={
                <Exp>
                  <Sub of="z" at="i" />
                </Exp>
              }
              below={
                <Sum over="j">
                  <Exp>
                    <Sub of="z" at="j" />
                  </Exp>
                </Sum>
              }
            />
          </Formula>
          <Formula>
            <mtext>{t.loss}</mtext>
            {op('=')}
            {op('−')}
            <Sum over="i">
              <Sub of="q" at="i" />
              <Log />
              <mspace width="0.15em" />
              <Sub of="p" at="i" />
            </Sum>
          </Formula>
          <Formula>
            <Frac
              above={
                <>
                  {op('∂')}
                  <mtext>{t.loss}</mtext>
                </>
              }
              below={
                <>
                  {op('∂')}
                  <Sub of="z" at="i" />
                </>
              }
            />
            {op('=')}
            <Sub of="p" at="i" />
            {op('−')}
            <Sub of="q" at="i" />
          </Formula>
        </div>
      }
    >
      <div class="settings">
        <Slider
          label={t.classes}
          value={settings.classes}
          min={2}
          max={6}
          step={1}
          onInput={(classes) => scores.set({ classes })}
        />
        <Select
          label={t.target}
          value={chosen}
          options={[...names.map((text, k) => ({ value: String(k), text })), { value: 'soft', text: t.soft }]}
          onChange={choose}
        />
        <Slider
          label={t.smoothing}
          value={smoothing}
          min={0}
          max={0.9}
          step={0.01}
          onInput={(value) => scores.set({ smoothing: value })}
        />
        <Slider
          label={t.temperature}
          value={temperature}
          min={0.2}
          max={5}
          step={0.1}
          onInput={(value) => scores.set({ temperature: value })}
        />
        <Toggle
          label={t.weighted}
          value={weight !== undefined}
          onChange={(on) => scores.set({ weights: on ? names.map(() => 1) : [] })}
        />
      </div>
      <div class="columns">
        <Bars
          title={t.logits[0]}
          note={t.logits[1]}
          names={names}
          values={logits}
          min={-6}
          max={6}
          step={0.1}
          tone="score"
          onChange={move}
          testId="logits"
        />
        <Bars
          title={t.chances[0]}
          note={t.chances[1]}
          names={names}
          values={answer?.probabilities}
          min={0}
          max={1}
          digits={4}
          tone="chance"
          testId="probabilities"
        />
        <Bars
          title={t.surprisals[0]}
          note={t.surprisals[1]}
          names={names}
          values={surprisals}
          min={0}
          max={8}
          digits={4}
          tone="loss"
          testId="surprisals"
        />
        <Bars
          title={t.truth[0]}
          note={t.truth[1]}
          names={names}
          values={shares}
          marks={smoothing > 0 ? smoothed : undefined}
          min={0}
          max={1}
          tone="truth"
          onChange={share}
          testId="target"
        />
        <Bars
          title={t.gradient}
          note={temperature === 1 ? rule : `(${rule}) / T`}
          names={names}
          values={answer?.gradient}
          min={-steepest}
          max={steepest}
          digits={4}
          tone="gradient"
          testId="gradient"
        />
        {weight && (
          <Bars
            title={t.weights[0]}
            note={t.weights[1]}
            names={names}
            values={weight}
            min={0}
            max={5}
            step={0.1}
            tone="soft"
            onChange={weigh}
            testId="weights"
          />
        )}
      </div>
      <p class="result">
        <span>
          {t.loss} = {terms.join(' + ')} ={' '}
        </span>
        <output data-testid="loss" data-value={answer?.loss}>
          {numeral(answer?.loss)}
        </output>
      </p>
      <p class="note">
        {t.sumOfGradient}
        {':'}{' '}
        <span data-testid="gradient-sum">
          {numeral(total === undefined ? total : Math.abs(total) < 1e-6 ? 0 : total)}
        </span>
      </p>
      <div class="buttons">
        <Button kind="primary" onClick={descend}>
          {t.step}
        </Button>
        <Button onClick={() => scores.set(untouched)}>{t.reset}</Button>
      </div>
      <h3>{t.code}</h3>
      <Code code={lossCode(asked)} label={t.code} />
    </Section>
  );
}
