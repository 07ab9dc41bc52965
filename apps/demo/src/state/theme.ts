import { computed, effect, signal } from '@preact/signals';
import { route, setParams } from './url.ts';

export type Theme = 'light' | 'dark';

const query = matchMedia('(prefers-color-scheme: dark)');
const system = signal<Theme>(query.matches ? 'dark' : 'light');
query.addEventListener('change', ({ matches }) => (system.value = matches ? 'dark' : 'light'));

/** What the address names, else what the system has. */
export const theme = computed((): Theme => {
  const asked = route.value.params.get('theme');
  return asked === 'light' || asked === 'dark' ? asked : system.value;
});

effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
});

export const setTheme = (next: Theme): void => setParams({ theme: next });
