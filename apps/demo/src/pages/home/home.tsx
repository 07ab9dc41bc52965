import { Code } from '../../ui/code.tsx';
import { useTexts, type Texts } from '../../state/language.ts';
import { linkTo } from '../../state/url.ts';
import { pages } from '../pages.ts';
import { code } from './example.ts';

const texts: Texts<{ title: string; lead: string; own: string; code: string }> = {
  en: {
    title: 'Watch it learn',
    lead: 'Everything on this site trains in your browser, on your machine: PyTorch’s way of working, in TypeScript. Nothing is sent anywhere.',
    own: 'Or train one yourself',
    code: 'Rushlight, on your own machine',
  },
  zh: {
    title: '看它学习',
    lead: '本站的一切训练都在你的浏览器、你的机器上进行：PyTorch 的工作方式，TypeScript 的实现。不会上传任何数据。',
    own: '或者自己训练一个',
    code: '在你自己的机器上使用 Rushlight',
  },
};

export function Home() {
  const t = useTexts(texts);
  return (
    <div class="home">
      <header class="hero">
        <h1>{t.title}</h1>
        <p>{t.lead}</p>
      </header>
      <ul class="cards">
        {pages.map((page) => (
          <li key={page.name}>
            <a href={linkTo(page.name)}>
              <h2>{useTexts(page.title)}</h2>
              <p>{useTexts(page.about)}</p>
            </a>
          </li>
        ))}
      </ul>
      <section class="panel wide">
        <h2>{t.own}</h2>
        <Code code="npm install rushlight" label="npm" />
        <Code code={code} label={t.code} />
      </section>
    </div>
  );
}
