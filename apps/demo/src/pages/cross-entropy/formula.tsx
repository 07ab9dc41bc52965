// The few formulas of the article as MathML, which browsers lay out and screen readers read.

import type { ComponentChildren } from 'preact';

export function Formula({ children }: { children: ComponentChildren }) {
  return (
    <div class="formula">
      <math display="block">
        <mrow>{children}</mrow>
      </math>
    </div>
  );
}

export const i = (name: string) => <mi>{name}</mi>;
export const op = (sign: string) => <mo>{sign}</mo>;
export const num = (value: string | number) => <mn>{value}</mn>;

export function Sub({ of, at }: { of: string; at: string }) {
  return (
    <msub>
      <mi>{of}</mi>
      <mi>{at}</mi>
    </msub>
  );
}

export function Exp({ children }: { children: ComponentChildren }) {
  return (
    <msup>
      <mi>e</mi>
      <mrow>{children}</mrow>
    </msup>
  );
}

export function Sum({ over, children }: { over: string; children: ComponentChildren }) {
  return (
    <mrow>
      <munder>
        <mo>∑</mo>
        <mi>{over}</mi>
      </munder>
      {children}
    </mrow>
  );
}

export function Frac({ above, below }: { above: ComponentChildren; below: ComponentChildren }) {
  return (
    <mfrac>
      <mrow>{above}</mrow>
      <mrow>{below}</mrow>
    </mfrac>
  );
}

export const Log = () => <mi>log</mi>;
