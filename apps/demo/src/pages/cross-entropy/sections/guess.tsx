import { useTexts, type Texts } from '../../../state/language.ts';
import { number, settings } from '../../../state/url.ts';
import { Slider } from '../../../ui/controls.tsx';
import { numeral, range } from '../numerals.ts';
import { Plot } from '../plot.tsx';
import { Section } from '../section.tsx';
import { useMeasured } from '../use-measures.ts';

interface GuessTexts {
  readonly title: string;
  readonly text: string;
  readonly classes: string;
  readonly count: string;
  readonly loss: string;
  readonly table: string;
  readonly known: readonly (readonly [string, number])[];
  readonly what: string;
  readonly plot: (classes: number, loss: string) => string;
}

export const texts: Texts<GuessTexts> = {
  en: {
    title: 'What a guess costs: log C',
    text:
      'A model that knows nothing gives each of C classes 1/C, and pays log C, whatever the truth. It is the first number to look for in a training run: a fresh network should begin near it. Well above means that it is sure before it has seen anything, so the last layer begins too large; and a loss that stays there means that nothing is learnt.\n\n' +
      'Read the other way round, e to the loss is the *perplexity*: among how many equally likely classes the model is still choosing. For language models it is quoted more often than the loss itself.',
    classes: 'Classes C',
    count: 'C',
    loss: 'loss log C',
    table: 'What guessing costs in well-known cases',
    known: [
      ['a coin', 2],
      ['a digit', 10],
      ['the next byte', 256],
      ['ImageNet', 1000],
      ['GPT-2’s next token', 50257],
    ],
    what: 'to be guessed',
    plot: (classes, loss) =>
      `The loss of an even guess over the number of classes, growing ever more slowly. For ${classes} classes it is ${loss}.`,
  },
  zh: {
    title: '瞎猜的代价：log C',
    text:
      '一无所知的模型给 C 个类别各 1/C，无论真相如何都付 log C。这是训练中首先要看的数：刚初始化的网络应当从它附近开始。明显更高，说明它还没见过数据就很有把握，即最后一层的初始值过大；损失一直停在那里，说明什么也没学到。\n\n' +
      '反过来看，e 的损失次方是*困惑度*：模型仍在多少个等可能的类别中选择。对语言模型，它比损失本身更常被引用。',
    classes: '类别数 C',
    count: 'C',
    loss: '损失 log C',
    table: '常见情形下瞎猜的代价',
    known: [
      ['一枚硬币', 2],
      ['一个数字', 10],
      ['下一个字节', 256],
      ['ImageNet', 1000],
      ['GPT-2 的下一个词元', 50257],
    ],
    what: '要猜的是',
    plot: (classes, loss) => `均匀猜测的损失随类别数增长，越来越慢。${classes} 个类别时为 ${loss}。`,
  },
};

const guessing = settings({ among: number(10, { min: 1, max: 200, whole: true }) });
const grid = range(1, 200, 200);

export function GuessSection() {
  const t = useTexts(texts);
  const { among } = guessing.values.value;
  const counts = t.known.map(([, classes]) => classes);
  const known = useMeasured(counts, (m, all) => all.map((classes) => m.guess(classes)));
  const curve = useMeasured(grid, (m, all) => all.map((classes) => m.guess(classes)));
  const loss = useMeasured(among, (m, classes) => m.guess(classes));
  const set = (value: number): void => guessing.set({ among: Math.round(value) });
  return (
    <Section name="guess" title={t.title} text={t.text}>
      <Plot
        label={t.plot(among, numeral(loss))}
        x={grid}
        lines={[{ label: t.loss, values: curve ?? [], tone: 'loss' }]}
        dots={loss === undefined ? [] : [{ x: among, y: loss, tone: 'loss' }]}
        xLabel={t.count}
        yLabel="log C"
        yRange={[-0.2, 5.8]}
        onPick={set}
      />
      <Slider label={t.classes} value={among} min={1} max={200} step={1} onInput={set} />
      <p class="result">
        <span>log {among} = </span>
        <output data-testid="guess-loss" data-value={loss}>
          {numeral(loss)}
        </output>
      </p>
      <div class="scroll" tabIndex={0} role="group" aria-label={t.table}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t.what}</th>
              <th scope="col">C</th>
              <th scope="col">{t.loss}</th>
            </tr>
          </thead>
          <tbody>
            {t.known.map(([name, classes], k) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{classes}</td>
                <td>{numeral(known?.[k])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
