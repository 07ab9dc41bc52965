import { language, useTexts, type Texts } from '../../../state/language.ts';
import { numbers, settings } from '../../../state/url.ts';
import { Button } from '../../../ui/controls.tsx';
import { Bars } from '../bars.tsx';
import { classNames } from '../classes.ts';
import { Formula, i, op } from '../formula.tsx';
import { fitted, numeral, redistributed, rounded } from '../numerals.ts';
import { Section } from '../section.tsx';
import { useMeasured } from '../use-measures.ts';

interface EntropyTexts {
  readonly title: string;
  readonly text: string;
  readonly target: string;
  readonly prediction: string;
  readonly own: string;
  readonly extra: string;
  readonly total: string;
  readonly match: string;
  readonly sure: string;
  readonly picture: (own: string, extra: string) => string;
}

export const texts: Texts<EntropyTexts> = {
  en: {
    title: 'Soft labels: entropy and divergence',
    text:
      'The target may itself be a distribution: three readers out of four said owl, one said cat. Then even a perfect prediction is surprised now and then, and the loss does not reach 0.\n\n' +
      'It falls into two parts. The *entropy* H(q) of the target is what any model must pay. The *Kullback-Leibler divergence* KL(q ‖ p) is what this one pays on top: never negative, and 0 only where p equals q. Training moves p alone, so to lower one is to lower the other, and both have the same gradient. With one true class H(q) is 0, and the loss is all divergence.\n\n' +
      'The two are not symmetric: a class that q holds for possible and p rules out costs without limit, the other way round it costs nothing by itself.',
    target: 'Target q',
    prediction: 'Prediction p',
    own: 'entropy H(q)',
    extra: 'divergence KL(q ‖ p)',
    total: 'cross-entropy H(q, p)',
    match: 'Let p equal q',
    sure: 'One true class',
    picture: (own, extra) => `A bar of two parts: ${own} of entropy, and ${extra} of divergence after it.`,
  },
  zh: {
    title: '软标签：熵与散度',
    text:
      '目标本身也可以是一个分布：四位标注者中三位说是猫头鹰，一位说是猫。这时即使完美的预测也难免有时意外，损失降不到 0。\n\n' +
      '它分为两部分。目标的*熵* H(q) 是任何模型都必须付的；*KL 散度* KL(q ‖ p) 是这个模型额外付的：从不为负，只在 p 等于 q 时为 0。训练只移动 p，因此降低其一就是降低另一个，两者梯度相同。只有一个正确类别时 H(q) 为 0，损失全是散度。\n\n' +
      '二者并不对称：q 认为可能而 p 排除的类别，代价可以无限大；反过来，其本身不产生代价。',
    target: '目标 q',
    prediction: '预测 p',
    own: '熵 H(q)',
    extra: '散度 KL(q ‖ p)',
    total: '交叉熵 H(q, p)',
    match: '让 p 等于 q',
    sure: '只有一个正确类别',
    picture: (own, extra) => `由两段组成的条：熵 ${own}，其后是散度 ${extra}。`,
  },
};

const fields = settings({
  hq: numbers([0.25, 0, 0.75], { min: 0, max: 1, most: 3 }),
  hp: numbers([0.2, 0.3, 0.5], { min: 0, max: 1, most: 3 }),
});

/** What is left of a distribution from an address: it adds up to 1 here too. */
function distribution(values: readonly number[]): number[] {
  const parts = fitted(values, 3, 0);
  const total = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => (total > 0 ? part / total : 1 / 3));
}

/** As a prediction: nothing is quite ruled out, since a figure has no room for infinity. */
const prediction = (values: readonly number[]): number[] =>
  distribution(distribution(values).map((part) => Math.max(0.001, part)));

const longest = 4;

export function EntropySection() {
  const t = useTexts(texts);
  const { hp, hq } = fields.values.value;
  const [q, p] = [distribution(hq), prediction(hp)];
  const names = classNames[language.value].slice(0, 3);
  const parts = useMeasured({ p, q }, (m, asked) => m.parts(asked.p, asked.q));
  const share = (value = 0): string => `${Math.max(0, Math.min(1, value / longest)) * 100}%`;
  return (
    <Section
      name="entropy"
      title={t.title}
      text={t.text}
      formula={
        <Formula>
          {i('H')}
          {op('(')}
          {i('q')}
          {op(',')}
          {i('p')}
          {op(')')}
          {op('=')}
          {i('H')}
          {op('(')}
          {i('q')}
          {op(')')}
          {op('+')}
          <mi>KL</mi>
          {op('(')}
          {i('q')}
          {op('‖')}
          {i('p')}
          {op(')')}
        </Formula>
      }
    >
      <div class="columns two">
        <Bars
          title={t.target}
          names={names}
          values={q}
          min={0}
          max={1}
          tone="truth"
          onChange={(k, value) => fields.set({ hq: rounded(redistributed(q, k, value)) })}
        />
        <Bars
          title={t.prediction}
          names={names}
          values={p}
          min={0}
          max={1}
          tone="chance"
          onChange={(k, value) => fields.set({ hp: rounded(redistributed(p, k, value)) })}
        />
      </div>
      <div class="stack" role="img" aria-label={t.picture(numeral(parts?.entropy), numeral(parts?.divergence))}>
        <i class="truth" style={{ width: share(parts?.entropy) }} />
        <i class="loss" style={{ width: share(parts?.divergence) }} />
      </div>
      <dl class="facts-list">
        <dt>
          <i class="swatch truth" />
          {t.own}
        </dt>
        <dd data-testid="entropy" data-value={parts?.entropy}>
          {numeral(parts?.entropy)}
        </dd>
        <dt>
          <i class="swatch loss" />
          {t.extra}
        </dt>
        <dd data-testid="divergence" data-value={parts?.divergence}>
          {numeral(parts?.divergence)}
        </dd>
        <dt>{t.total}</dt>
        <dd data-testid="soft-loss" data-value={parts?.crossEntropy}>
          <strong>{numeral(parts?.crossEntropy)}</strong>
        </dd>
      </dl>
      <div class="buttons">
        <Button onClick={() => fields.set({ hp: rounded(q) })}>{t.match}</Button>
        <Button onClick={() => fields.set({ hq: [0, 0, 1] })}>{t.sure}</Button>
      </div>
    </Section>
  );
}
