// The run as a safetensors file: to keep, and to load again.

import { useEffect, useState } from 'preact/hooks';
import { useTexts, type Texts } from '../state/language.ts';
import type { Session } from '../training/session.ts';
import { Button, Panel } from './controls.tsx';
import { FileChoice } from './file-choice.tsx';
import { isOfWeights } from './use-drops.ts';

interface WeightTexts {
  readonly title: string;
  readonly about: string;
  readonly save: string;
  readonly load: string;
  readonly saved: (name: string, kilobytes: number) => string;
  readonly run: (name: string) => string;
  readonly weights: (name: string) => string;
  readonly broken: (name: string) => string;
  readonly other: (name: string) => string;
  readonly large: (name: string, megabytes: number) => string;
  readonly unreadable: (name: string) => string;
  readonly failed: string;
}

const texts: Texts<WeightTexts> = {
  en: {
    title: 'Weights',
    about:
      'A safetensors file, which Python reads as well. It holds what the optimizer remembers too, so that training goes on from it.',
    save: 'Save',
    load: 'Load a file',
    saved: (name, kilobytes) => `Saved as ${name}, ${kilobytes} kB.`,
    run: (name) => `The run goes on from ${name}.`,
    weights: (name) =>
      `The weights of ${name} were taken over. The run is another one, so the optimizer keeps what it has.`,
    broken: (name) => `${name} is damaged, or no safetensors file. The network is as it was.`,
    other: (name) => `${name} is of another network than the one on this page. The network is as it was.`,
    large: (name, megabytes) => `${name} has ${megabytes} MB, and this network is far smaller: it is of another one.`,
    unreadable: (name) => `${name} cannot be read. Choose it again.`,
    failed: 'The run did not answer. Reset it, and try again.',
  },
  zh: {
    title: '权重',
    about: 'safetensors 文件，Python 也能读取。其中还有优化器的状态，因此可以接着训练。',
    save: '保存',
    load: '加载文件',
    saved: (name, kilobytes) => `已保存为 ${name}，${kilobytes} kB。`,
    run: (name) => `训练从 ${name} 继续。`,
    weights: (name) => `已采用 ${name} 的权重。它来自另一次训练，因此优化器保持原样。`,
    broken: (name) => `${name} 已损坏，或者不是 safetensors 文件。网络保持原样。`,
    other: (name) => `${name} 属于另一个网络，与本页的不同。网络保持原样。`,
    large: (name, megabytes) => `${name} 有 ${megabytes} MB，而此网络小得多：它属于别的网络。`,
    unreadable: (name) => `无法读取 ${name}。请重新选择。`,
    failed: '运行没有回应。请重置后再试。',
  },
};

type Said =
  | { readonly kind: 'saved'; readonly name: string; readonly kilobytes: number }
  | { readonly kind: 'large'; readonly name: string; readonly megabytes: number }
  | { readonly kind: 'run' | 'weights' | 'unreadable'; readonly name: string }
  | { readonly kind: 'broken' | 'other'; readonly name: string; readonly detail: string }
  | { readonly kind: 'failed'; readonly detail?: string };

const mostBytes = 50e6;

function download(bytes: Uint8Array, name: string): void {
  const address = URL.createObjectURL(new Blob([Uint8Array.from(bytes)], { type: 'application/octet-stream' }));
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Goes on from the file where it is of this very run, and takes its weights where it is not. */
async function load(session: Session<never, unknown>, file: File): Promise<Said> {
  const { name } = file;
  if (file.size > mostBytes) return { kind: 'large', name, megabytes: Math.round(file.size / 1e6) };
  const bytes = await file.arrayBuffer().then(
    (buffer) => new Uint8Array(buffer),
    () => undefined,
  );
  if (!bytes) return { kind: 'unreadable', name };
  const taken = await session.load(bytes);
  if (!taken) return { kind: 'failed' };
  return { name, ...('message' in taken ? { kind: taken.kind, detail: taken.message } : taken) };
}

export interface WeightsPanelProps {
  /** What a saved file's name begins with. */
  readonly name: string;
  readonly session: Session<never, unknown>;
  /** What was dropped onto the page last. */
  readonly dropped?: readonly File[];
  /** A file was loaded. */
  readonly onLoaded?: () => void;
}

export function WeightsPanel({ name: prefix, session, dropped, onLoaded }: WeightsPanelProps) {
  const t = useTexts(texts);
  const [said, setSaid] = useState<Said | undefined>(undefined);
  const fail = (error: unknown): void =>
    setSaid({ kind: 'failed', detail: error instanceof Error ? error.message : String(error) });

  const save = async (): Promise<void> => {
    try {
      const saved = await session.save();
      if (!saved) return setSaid({ kind: 'failed' });
      const { bytes, step } = saved;
      const name = `${prefix}-${step}.safetensors`;
      download(bytes, name);
      setSaid({ kind: 'saved', name, kilobytes: Math.round(bytes.length / 1e3) });
    } catch (error) {
      fail(error);
    }
  };
  const choose = async ([file]: readonly File[]): Promise<void> => {
    if (!file) return;
    const run = session.number.peek();
    try {
      const outcome = await load(session, file);
      if (run !== session.number.peek()) return; // it was begun anew meanwhile
      setSaid(outcome);
      if (outcome.kind === 'run' || outcome.kind === 'weights') onLoaded?.();
    } catch (error) {
      fail(error);
    }
  };
  useEffect(() => {
    if (dropped) void choose(dropped.filter(isOfWeights));
  }, [dropped]);
  // Of the run before.
  useEffect(() => setSaid(undefined), [session.number.value]);
  const busy = session.state.value === 'making' || session.state.value === 'waiting';
  return (
    <Panel title={t.title}>
      <p class="hint">{t.about}</p>
      <div class="buttons">
        <Button disabled={busy} onClick={() => void save()}>
          {t.save}
        </Button>
        <FileChoice label={t.load} accept=".safetensors" testId="weights" onChoose={(files) => void choose(files)} />
      </div>
      <div role="status" data-testid="weights-notice">
        {said && (
          <div class="notice">
            <p>{words(said, t)}</p>
            {'detail' in said && <p class="detail">{said.detail}</p>}
          </div>
        )}
      </div>
    </Panel>
  );
}

function words(said: Said, t: WeightTexts): string {
  switch (said.kind) {
    case 'saved':
      return t.saved(said.name, said.kilobytes);
    case 'large':
      return t.large(said.name, said.megabytes);
    case 'failed':
      return t.failed;
    default:
      return t[said.kind](said.name);
  }
}
