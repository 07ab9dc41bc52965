// A part of the article: what it says, and beside it what there is to touch.

import type { ComponentChildren } from 'preact';
import { Prose } from './prose.tsx';
import { useMeasures } from './use-measures.ts';

export interface SectionProps {
  readonly name: string;
  readonly title: string;
  readonly text: string;
  /** Below the text. */
  readonly formula?: ComponentChildren;
  /** The figure below the text, and not beside it. */
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

export const headingOf = (name: string): string => `cross-entropy-${name}`;

export function Section({ name, title, text, formula, wide = false, children }: SectionProps) {
  const ready = useMeasures() !== undefined;
  return (
    <section class={`part${wide ? ' wide' : ''}${ready ? ' ready' : ''}`} aria-labelledby={headingOf(name)}>
      <div class="words">
        <h2 id={headingOf(name)} tabIndex={-1}>
          {title}
        </h2>
        <Prose text={text} />
        {formula}
      </div>
      <div class="figure panel">{children}</div>
    </section>
  );
}
