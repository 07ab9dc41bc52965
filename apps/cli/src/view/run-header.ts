// What a terminal shows before a run begins.

import { modelTable, type ModelTableOptions } from './model-table.ts';
import { plural, showCount } from './quantities.ts';
import type { RunInfo } from './view.ts';

/** The model as a table, what computes, the data, and the run; lines no wider than words allow. */
export function runHeader(info: RunInfo, options: ModelTableOptions): string[] {
  const { device, data, folder, epochs, batches, resumed, model } = info;
  const label = 9;
  const entry = (name: string, text: string): string[] =>
    wrapWords(text, options.width - label).map(
      (line, k) => options.paint('dim', (k === 0 ? name : '').padEnd(label)) + line,
    );
  const length = `${plural(epochs, 'epoch')} of ${plural(batches, 'batch', 'batches')}`;
  const past = resumed ? `, going on after ${plural(resumed.epoch, 'epoch')} and ${plural(resumed.step, 'step')}` : '';
  return [
    ...modelTable(model, options),
    '',
    ...entry('Device', device.description ? `${device.name} (${device.description})` : device.name),
    ...entry('Data', data.description),
    ...(data.classes.length > 0 ? entry('Classes', classList(data.classes, options)) : []),
    ...entry('Run', `${folder}, ${length}${past}`),
  ];
}

/** As many names as two lines hold. */
function classList(classes: readonly string[], { width, glyphs }: ModelTableOptions): string {
  const all = classes.join(', ');
  const room = 2 * (width - 12);
  if (all.length <= room) return all;
  const count = ` ${glyphs.ellipsis} (${showCount(classes.length)})`;
  const shown = all.slice(0, room - count.length);
  return shown.slice(0, shown.lastIndexOf(',') + 1) + count;
}

/** Lines of whole words, as wide as they may be; longer words stay whole, and so does what is quoted: a command to be copied. */
export function wrapWords(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line: string | undefined;
    for (const word of paragraph.split(/ (?=(?:[^`]*`[^`]*`)*[^`]*$)/)) {
      if (line !== undefined && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === undefined ? word : `${line} ${word}`;
    }
    return [...lines, line ?? ''];
  });
}
