import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { canBeIsolated, isIsolated, isKept, loadAgain } from './offline/register.ts';
import { Home } from './pages/home/home.tsx';
import { pages } from './pages/pages.ts';
import { backend, backendNames, setBackend } from './state/backend.ts';
import { language, setLanguage, useTexts, type Texts } from './state/language.ts';
import { setTheme, theme } from './state/theme.ts';
import { linkTo, route } from './state/url.ts';
import { Select } from './ui/controls.tsx';

interface AppTexts {
  readonly skip: string;
  readonly backend: string;
  readonly auto: string;
  readonly light: string;
  readonly dark: string;
  readonly loading: string;
  readonly failed: string;
  readonly unknown: string;
  readonly isolated: string;
  readonly alone: string;
  readonly again: string;
  readonly unkept: string;
  readonly pages: string;
}

const texts: Texts<AppTexts> = {
  en: {
    skip: 'To the content',
    backend: 'Backend',
    auto: 'the fastest',
    light: 'Light colours',
    dark: 'Dark colours',
    loading: 'Loading …',
    failed: 'This page could not be loaded. Check the connection, and load it again.',
    unknown: 'There is no such page.',
    isolated: 'This page is isolated from others: WebAssembly computes on several threads.',
    alone: 'This page is not isolated from others: WebAssembly computes on one thread.',
    again: 'Load the page again, to use several',
    unkept: 'This browser has kept nothing of the site so far: without a network it will not open.',
    pages: 'Pages',
  },
  zh: {
    skip: '跳到内容',
    backend: '后端',
    auto: '最快的',
    light: '浅色',
    dark: '深色',
    loading: '加载中……',
    failed: '无法加载此页面。请检查网络后重新加载。',
    unknown: '没有这个页面。',
    isolated: '此页面已跨源隔离：WebAssembly 使用多线程计算。',
    alone: '此页面未跨源隔离：WebAssembly 使用单线程计算。',
    again: '重新加载页面以使用多线程',
    unkept: '浏览器目前没有保存本站：断网时将无法打开。',
    pages: '页面',
  },
};

/** What is loaded of the page that the address names. */
const shown = signal<{ readonly name: string; readonly Page?: ComponentType; readonly failed?: boolean }>({ name: '' });

function Content() {
  const t = useTexts(texts);
  const { page } = route.value;
  const entry = pages.find(({ name }) => name === page);
  useEffect(() => {
    if (!entry) return undefined;
    let isWanted = true;
    const show = (loaded: typeof shown.value): void => void (isWanted && (shown.value = loaded));
    show({ name: page });
    entry.load().then(
      (Page) => show({ name: page, Page }),
      () => show({ name: page, failed: true }),
    );
    return () => {
      isWanted = false;
    };
  }, [page]);
  if (page === '') return <Home />;
  if (!entry) return <p class="notice">{t.unknown}</p>;
  const { name, Page, failed } = shown.value;
  if (name !== page || !(Page ?? failed)) return <p class="loading">{t.loading}</p>;
  return Page ? <Page /> : <p class="notice failed">{t.failed}</p>;
}

export function App() {
  const t = useTexts(texts);
  const { page } = route.value;
  const entry = pages.find(({ name }) => name === page);
  const title = entry?.title[language.value];
  useEffect(() => {
    document.title = title ? `${title} · Rushlight` : 'Rushlight';
  }, [title]);
  const other = language.value === 'zh' ? 'en' : 'zh';
  const nextTheme = theme.value === 'dark' ? 'light' : 'dark';
  return (
    <>
      <a
        class="skip"
        href="#content"
        onClick={(event) => (event.preventDefault(), document.getElementById('content')?.focus())}
      >
        {t.skip}
      </a>
      <header class="bar">
        <a class="brand" href={linkTo('')}>
          <img src="./icon.svg" alt="" width="24" height="24" />
          Rushlight
        </a>
        <nav aria-label={t.pages}>
          {pages.map((entry) => (
            <a key={entry.name} href={linkTo(entry.name)} aria-current={entry.name === page ? 'page' : undefined}>
              {entry.title[language.value]}
            </a>
          ))}
        </nav>
        <div class="choices">
          {entry?.trains && (
            <Select
              label={t.backend}
              value={backend.value}
              options={backendNames.map((name) => ({ value: name, text: name === 'auto' ? t.auto : name }))}
              onChange={setBackend}
            />
          )}
          <button
            type="button"
            class="button small"
            lang={other === 'zh' ? 'zh-Hans' : 'en'}
            onClick={() => setLanguage(other)}
          >
            {other === 'zh' ? '中文' : 'English'}
          </button>
          <button type="button" class="button small" aria-label={t[nextTheme]} onClick={() => setTheme(nextTheme)}>
            {nextTheme === 'dark' ? '☾' : '☀'}
          </button>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        <Content />
      </main>
      <footer class="foot">
        <p>{isIsolated ? t.isolated : t.alone}</p>
        {canBeIsolated.value && (
          <button type="button" class="button small" onClick={loadAgain}>
            {t.again}
          </button>
        )}
        {isKept.value === false && <p data-testid="unkept">{t.unkept}</p>}
      </footer>
    </>
  );
}
