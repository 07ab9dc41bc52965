// Code to take along.

import { useState } from 'preact/hooks';
import { useTexts, type Texts } from '../state/language.ts';

const texts: Texts<{ copy: string; copied: string; refused: string; title: string; install: string }> = {
  en: {
    copy: 'Copy',
    copied: 'Copied',
    refused: 'Select the text and copy it by hand: the browser does not allow it',
    title: 'Open this in your project',
    install: 'Install it, and run this in Node or in a page:',
  },
  zh: {
    copy: '复制',
    copied: '已复制',
    refused: '浏览器不允许复制，请手动选择文本',
    title: '在你的项目中使用',
    install: '安装后，在 Node 或网页中运行：',
  },
};

export function Code({ code, label }: { code: string; label: string }) {
  const t = useTexts(texts);
  const [state, setState] = useState<'copy' | 'copied' | 'refused'>('copy');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(code);
      setState('copied');
    } catch {
      setState('refused');
    }
    setTimeout(() => setState('copy'), 2000);
  };
  return (
    <div class="code">
      <pre tabIndex={0} aria-label={label}>
        <code>{code}</code>
      </pre>
      <button type="button" class="button small" onClick={() => void copy()} aria-live="polite">
        {t[state]}
      </button>
    </div>
  );
}

/** The install line and the code of what a page shows. */
export function OpenInProject({ code }: { code: string }) {
  const t = useTexts(texts);
  return (
    <details class="panel wide open-in-project">
      <summary>{t.title}</summary>
      <p>{t.install}</p>
      <Code code="npm install rushlight" label="npm" />
      <Code code={code} label="TypeScript" />
    </details>
  );
}
