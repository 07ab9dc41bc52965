import { useId } from 'preact/hooks';
import { useTexts, type Texts } from '../../../state/language.ts';
import { number, settings } from '../../../state/url.ts';
import { Code } from '../../../ui/code.tsx';
import { Button } from '../../../ui/controls.tsx';
import { Formula, i, Log, op, Sub, Exp, Sum } from '../formula.tsx';
import { numeral, parseLogits } from '../numerals.ts';
import { Section } from '../section.tsx';
import { lossCode } from '../source.ts';
import { text } from '../text.ts';
import { useMeasured } from '../use-measures.ts';

interface WorkedTexts {
  readonly title: string;
  readonly text: string;
  readonly logits: string;
  readonly target: string;
  readonly loss: string;
  readonly truth: (k: number) => string;
  readonly count: string;
  readonly noNumber: (words: string) => string;
  readonly noClass: string;
  readonly line: string;
  readonly value: string;
  readonly steps: readonly [string, string, string, string, string, string];
  readonly code: string;
}

export const texts: Texts<WorkedTexts> = {
  en: {
    title: 'A worked example: logits [10, 5]',
    text:
      'Two classes, scores 10 and 5. Only the difference counts: the first class gets e⁵ ≈ 148 times the probability of the second, 0.9933 to 0.0067.\n\n' +
      'If the first is true, the model was right and sure of it: the loss is 0.0067. If the second is true, it was as sure and wrong: 5.0067, the same small number and the whole distance of 5 on top. Type other logits, and follow the lines: this is the *log-sum-exp* form, in which nothing can overflow.',
    logits: 'Logits',
    target: 'Target',
    loss: 'loss',
    truth: (k) => `Target ${k}`,
    count: 'Two to eight numbers are wanted here, with commas between them: 10, 5',
    noNumber: (words) => `This is no number: ${words}. Numbers look like 10, −2.5 or 1e3.`,
    noClass: 'The target is the position of the true class, counted from 0:',
    line: 'line by line',
    value: 'value',
    steps: [
      'largest logit m',
      'z − m',
      'exp(z − m)',
      'their sum',
      'log of the sum',
      'log of the sum − (z − m) of the target',
    ],
    code: 'The formula as code, on these numbers',
  },
  zh: {
    title: '一个算例：logits [10, 5]',
    text:
      '两个类别，得分 10 和 5。只有差值起作用：第一类的概率是第二类的 e⁵ ≈ 148 倍，即 0.9933 对 0.0067。\n\n' +
      '如果第一类为真，模型判断正确且很有把握：损失为 0.0067。如果第二类为真，模型同样有把握，却错了：5.0067，即同一个小数再加上全部差距 5。输入别的 logits，逐行查看：这就是不会溢出的 *log-sum-exp* 形式。',
    logits: 'Logits',
    target: '目标',
    loss: '损失',
    truth: (k) => `目标 ${k}`,
    count: '请输入二到八个数，用逗号隔开：10, 5',
    noNumber: (words) => `这不是数：${words}。数的写法如 10、−2.5 或 1e3。`,
    noClass: '目标是正确类别的位置，从 0 数起：',
    line: '逐行计算',
    value: '值',
    steps: ['最大的 logit m', 'z − m', 'exp(z − m)', '它们的和', '和的对数', '和的对数 − 目标的 (z − m)'],
    code: '公式写成代码，代入这些数',
  },
};

const worked = settings({
  example: text('10, 5'),
  truth: number(0, { min: 0, max: 99, whole: true }),
});

export function WorkedSection() {
  const t = useTexts(texts);
  const { example, truth } = worked.values.value;
  const [logitsId, targetId, saidId] = [useId(), useId(), useId()];
  const parsed = parseLogits(example);
  const logits = 'values' in parsed ? parsed.values : undefined;
  const result = useMeasured({ logits, truth }, (m, asked) => {
    if (!asked.logits) return undefined;
    try {
      return m.steps(asked.logits, asked.truth);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  });
  const steps = typeof result === 'object' ? result : undefined;
  const list = (values: readonly number[] | undefined, digits = 4): string =>
    values?.map((value) => numeral(value, digits)).join(', ') ?? '…';
  const wrong = (): string | undefined => {
    if (typeof result === 'string') return t.noClass;
    if (!('wrong' in parsed)) return undefined;
    return parsed.wrong === 'count' ? t.count : t.noNumber(parsed.wrong.join(', '));
  };
  const values = [
    numeral(steps?.largest),
    list(steps?.shifted),
    list(steps?.exps),
    numeral(steps?.sum),
    numeral(steps?.logSum),
    `${numeral(steps?.logSum)} − ${numeral(steps?.shifted[truth])}`.replace('− −', '+ '),
  ];
  return (
    <Section
      name="worked"
      title={t.title}
      text={t.text}
      formula={
        <Formula>
          <mtext>{t.loss}</mtext>
          {op('=')}
          {op('−')}
          <Log />
          <mspace width="0.15em" />
          <Sub of="p" at="y" />
          {op('=')}
          <Log />
          <Sum over="j">
            <Exp>
              <Sub of="z" at="j" />
              {op('−')}
              {i('m')}
            </Exp>
          </Sum>
          {op('−')}
          {op('(')}
          <Sub of="z" at="y" />
          {op('−')}
          {i('m')}
          {op(')')}
        </Formula>
      }
    >
      <div class="typed">
        <div class="field">
          <label for={logitsId}>{t.logits}</label>
          <input
            id={logitsId}
            type="text"
            inputMode="text"
            autocomplete="off"
            spellcheck={false}
            value={example}
            aria-invalid={'wrong' in parsed}
            aria-describedby={saidId}
            onInput={(event) => worked.set({ example: event.currentTarget.value })}
          />
        </div>
        <div class="field">
          <label for={targetId}>{t.target}</label>
          <input
            id={targetId}
            type="number"
            min={0}
            max={7}
            step={1}
            value={truth}
            aria-invalid={typeof result === 'string'}
            aria-describedby={saidId}
            onInput={({ currentTarget: { valueAsNumber } }) =>
              valueAsNumber >= 0 && worked.set({ truth: Math.min(99, Math.floor(valueAsNumber)) })
            }
          />
        </div>
        <div class="buttons">
          <Button onClick={() => worked.set({ example: '10, 5', truth: 0 })}>[10, 5], {t.truth(0)}</Button>
          <Button onClick={() => worked.set({ example: '10, 5', truth: 1 })}>[10, 5], {t.truth(1)}</Button>
        </div>
      </div>
      <div id={saidId} role="status" aria-live="polite" data-testid="worked-message">
        {wrong() && (
          <div class="notice">
            <p>{wrong()}</p>
            {typeof result === 'string' && <p class="detail">{result}</p>}
          </div>
        )}
      </div>
      {!wrong() && (
        <>
          <div class="scroll" tabIndex={0} role="group" aria-label={t.line}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t.line}</th>
                  <th scope="col">{t.value}</th>
                </tr>
              </thead>
              <tbody>
                {t.steps.map((name, k) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>{values[k]}</td>
                  </tr>
                ))}
                <tr>
                  <th scope="row">softmax p</th>
                  <td data-testid="worked-probabilities">{list(steps?.probabilities)}</td>
                </tr>
                <tr>
                  <th scope="row">∂loss/∂z</th>
                  <td data-testid="worked-gradient">{list(steps?.gradient)}</td>
                </tr>
              </tbody>
            </table>
          </div>
          <p class="result">
            <span>crossEntropy = </span>
            <output data-testid="worked-loss" data-value={steps?.loss}>
              {numeral(steps?.loss)}
            </output>
          </p>
          {logits && <p class="note">{t.code}</p>}
          {logits && <Code code={lossCode({ logits, target: truth })} label={t.code} />}
        </>
      )}
    </Section>
  );
}
