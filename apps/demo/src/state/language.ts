// English and Chinese. Each part of the site has its texts beside it, in both; the type of the English ones is what the Chinese must have.

import { computed, effect } from '@preact/signals';
import { route, setParams } from './url.ts';

export type Language = 'en' | 'zh';

/** The language that the address names, else the browser's. */
export const language = computed((): Language => {
  const asked = route.value.params.get('lang') ?? navigator.language;
  return asked.startsWith('zh') ? 'zh' : 'en';
});

// A link shows what its sender saw, in the same language, of which the text of a page may depend.
if (!route.peek().params.has('lang')) setParams({ lang: language.peek() });

effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-Hans' : 'en';
});

export const setLanguage = (lang: Language): void => setParams({ lang });

export interface Texts<T> {
  readonly en: T;
  readonly zh: T;
}

/** The texts of a part of the site; to be called while it is drawn. */
export const useTexts = <T>(texts: Texts<T>): T => texts[language.value];
