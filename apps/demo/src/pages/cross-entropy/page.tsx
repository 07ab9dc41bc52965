// An article with figures to touch. Its numbers are Rushlight's, computed here as they are asked for.

import { useEffect } from 'preact/hooks';
import { useTexts, type Texts } from '../../state/language.ts';
import { linkTo, route } from '../../state/url.ts';
import { OpenInProject } from '../../ui/code.tsx';
import './cross-entropy.css';
import { askedFor, scores } from './scores-settings.ts';
import { headingOf } from './section.tsx';
import { sections } from './sections/sections.ts';
import { program } from './source.ts';
import { missing } from './use-measures.ts';

interface PageTexts {
  readonly title: string;
  readonly lead: string;
  readonly numbers: string;
  readonly contents: string;
  readonly missing: string;
}

export const texts: Texts<PageTexts> = {
  en: {
    title: 'Cross-entropy, explained',
    lead: 'Nearly every classifier and every language model is trained with this one loss. It asks how much probability the model gave to what turned out to be true, and charges it the logarithm.',
    numbers:
      'Every number and curve below is computed as you touch it, by Rushlight’s own loss functions and its backward pass, in float32 on the cpu backend. Logarithms are natural: losses are in nats.',
    contents: 'In this article',
    missing:
      'The library could not be loaded, so the figures stay empty. Check the connection, and load the page again.',
  },
  zh: {
    title: '交叉熵详解',
    lead: '几乎所有分类器和语言模型都用这一个损失来训练。它问：模型给事后证明为真的结果分配了多少概率？然后按对数收费。',
    numbers:
      '下面的每个数字和每条曲线，都在你触碰时由 Rushlight 自己的损失函数与反向传播计算得出：float32，cpu 后端。对数为自然对数，损失的单位是奈特（nat）。',
    contents: '本文内容',
    missing: '无法加载库，因此图中没有数据。请检查网络后重新加载页面。',
  },
};

/** Shows the part of the article that the address names. */
function show(name: string | null): void {
  const heading = document.getElementById(headingOf(name ?? ''));
  heading?.scrollIntoView();
  heading?.focus({ preventScroll: true });
}

export function CrossEntropyPage() {
  const t = useTexts(texts);
  const { params } = route.value;
  const at = params.get('at');
  useEffect(() => show(at), [at]);
  const rest = Object.fromEntries(params);
  return (
    <article class="cross-entropy">
      <header class="hero">
        <h1>{t.title}</h1>
        <p>{t.lead}</p>
        <p class="note">{t.numbers}</p>
      </header>
      {missing.value && <p class="notice">{t.missing}</p>}
      <nav class="contents" aria-label={t.contents}>
        <ol>
          {sections.map(({ name, texts: own }) => (
            <li key={name}>
              <a href={linkTo('cross-entropy', { ...rest, at: name })} onClick={() => at === name && show(name)}>
                {useTexts(own).title}
              </a>
            </li>
          ))}
        </ol>
      </nav>
      {sections.map(({ name, Show }) => (
        <Show key={name} />
      ))}
      <OpenInProject code={program(askedFor(scores.values.value))} />
    </article>
  );
}
