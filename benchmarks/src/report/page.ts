// A page of plots, made from the results: one self-contained HTML file, readable without a network.

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { WorkloadResult } from '../measure/measure-workload.ts';
import type { Summary } from '../measure/statistics.ts';
import { remarks } from './remarks.ts';
import type { Results } from './results.ts';
import { short } from './table.ts';

const style = `
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
  figure { margin: 2rem 0; } figcaption { font-weight: 600; } h2 { margin-top: 3rem; } small, .why { color: #666; }
`;

export function renderPage(runs: readonly Results[]): string {
  const { document } = parseHTML('<!doctype html><html lang="en"><head></head><body></body></html>');
  const add = (parent: Element, tag: string, text = ''): Element => {
    const element = document.createElement(tag);
    element.textContent = text;
    parent.append(element);
    return element;
  };
  const meta = add(document.head, 'meta');
  meta.setAttribute('charset', 'utf-8');
  add(document.head, 'title', 'Rushlight: measured side by side');
  add(document.head, 'style', style);
  add(document.body, 'h1', 'Rushlight, measured side by side');
  if (runs.length === 0) add(document.body, 'p', 'There are no results yet: run pnpm bench.');

  for (const run of runs.toReversed()) {
    const { cpu, cores, node, os, gpu } = run.machine;
    add(document.body, 'h2', `${run.date.slice(0, 10)}, ${run.threads} thread${run.threads > 1 ? 's' : ''}`);
    const versions = Object.entries(run.versions).map((entry) => entry.join(' '));
    const facts = [
      `commit ${run.commit}`,
      `${cpu}, ${cores} cores`,
      ...(gpu ? [gpu] : []),
      os,
      `Node ${node}`,
      ...versions,
    ];
    add(add(document.body, 'p'), 'small', facts.join(' · '));
    for (const { name, why } of run.absent) add(document.body, 'div', `${name} took no part: ${why}`).className = 'why';
    for (const result of run.workloads) {
      const figure = add(document.body, 'figure');
      const base = result.rows.find(({ contender }) => contender === result.base);
      const against = base ? ` (× ${base.title})` : '';
      add(figure, 'figcaption', `${result.workload}: ${result.title}${against}`);
      if (result.rows.some(({ rate }) => rate)) figure.append(plot(result, document));
      for (const remark of remarks(result, run.threads)) add(figure, 'div', remark).className = 'why';
    }
  }
  return document.toString();
}

const label = ({ noisy }: Summary, ratio = Number.NaN): string => `×${short(ratio)}${noisy > 0 ? ', noisy' : ''}`;

/** A bar per contender: the median, with a line between the quartiles and the ratio to the base. */
function plot({ rows, group }: WorkloadResult, document: Document): Element {
  const bars = rows.flatMap(({ title, contender, rate, ratio }) =>
    rate ? [{ title, ours: contender.startsWith('rushlight'), ...rate, label: label(rate, ratio) }] : [],
  );
  return Plot.plot({
    document,
    width: 800,
    marginLeft: 230,
    marginRight: 90,
    x: { label: group === 'training' ? 'steps per second' : 'calls per second', grid: true, tickFormat: '~s' },
    y: { label: null, domain: bars.map(({ title }) => title) },
    color: { domain: [true, false], range: ['#d97706', '#94a3b8'] },
    marks: [
      Plot.barX(bars, { x: 'median', y: 'title', fill: 'ours' }),
      Plot.ruleY(bars, { x1: 'low', x2: 'high', y: 'title' }),
      Plot.text(bars, { x: 'high', y: 'title', text: 'label', dx: 6, textAnchor: 'start' }),
      Plot.ruleX([0]),
    ],
  });
}
