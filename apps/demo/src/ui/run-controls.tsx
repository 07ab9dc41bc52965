// Start, pause, step, reset, and what the run says of itself.

import type { Notice } from '../training/protocol.ts';
import type { Session } from '../training/session.ts';
import { useTexts, type Texts } from '../state/language.ts';
import { Button } from './controls.tsx';

interface RunTexts {
  readonly start: string;
  readonly pause: string;
  readonly step: string;
  readonly reset: string;
  readonly steps: (n: number) => string;
  readonly epochs: (n: string) => string;
  readonly rate: (n: string) => string;
  readonly on: (device: string) => string;
  readonly making: string;
  readonly notices: {
    readonly diverged: (step: number) => string;
    readonly lost: (reason: string, step: number) => string;
    readonly unavailable: (backend: string) => string;
    readonly failed: string;
  };
}

const texts: Texts<RunTexts> = {
  en: {
    start: 'Start',
    pause: 'Pause',
    step: 'One step',
    reset: 'Reset',
    steps: (n) => `${n} steps`,
    epochs: (n) => `${n} epochs`,
    rate: (n) => `${n} steps/s`,
    on: (device) => `on ${device}`,
    making: 'Getting ready …',
    notices: {
      diverged: (step) =>
        `The loss became infinite or not a number at step ${step}: the steps were too large. Lower the learning rate and reset.`,
      lost: (reason, step) => `The GPU was lost (${reason}). Training goes on from step ${step}.`,
      unavailable: (backend) => `${backend} does not run in this browser; another backend was taken.`,
      failed: 'Something went wrong. Reset to begin anew.',
    },
  },
  zh: {
    start: '开始',
    pause: '暂停',
    step: '单步',
    reset: '重置',
    steps: (n) => `${n} 步`,
    epochs: (n) => `${n} 轮`,
    rate: (n) => `${n} 步/秒`,
    on: (device) => `运行于 ${device}`,
    making: '准备中……',
    notices: {
      diverged: (step) => `在第 ${step} 步损失变成了无穷大或 NaN：步子迈得太大。请降低学习率并重置。`,
      lost: (reason, step) => `GPU 丢失（${reason}）。训练从第 ${step} 步继续。`,
      unavailable: (backend) => `${backend} 无法在此浏览器中运行，已改用其他后端。`,
      failed: '出现错误。请重置后重新开始。',
    },
  },
};

function noticeText(notice: Notice, t: RunTexts['notices']): string {
  switch (notice.kind) {
    case 'diverged':
      return t.diverged(notice.step);
    case 'lost':
      return t.lost(notice.reason, notice.step);
    case 'unavailable':
      return t.unavailable(notice.backend);
    case 'failed':
      return t.failed;
  }
}

/** What went wrong, kindly; what the program said of it stands below. */
export function NoticeBox({ notice }: { notice: Notice | undefined }) {
  const t = useTexts(texts);
  return (
    <div role="status" aria-live="polite">
      {notice && (
        <div class={`notice ${notice.kind}`}>
          <p>{noticeText(notice, t.notices)}</p>
          {'message' in notice && <p class="detail">{notice.message}</p>}
        </div>
      )}
    </div>
  );
}

export function RunControls({ session, onReset }: { session: Session<never, unknown>; onReset: () => void }) {
  const t = useTexts(texts);
  const state = session.state.value;
  const device = session.device.value;
  const over = session.notice.value?.kind === 'diverged';
  const busy = state === 'making' || state === 'waiting';
  return (
    <div class="run">
      <div class="buttons">
        {state === 'running' ? (
          <Button kind="primary" onClick={() => session.pause()}>
            {t.pause}
          </Button>
        ) : (
          <Button kind="primary" disabled={busy || over} onClick={() => session.run()}>
            {t.start}
          </Button>
        )}
        <Button disabled={busy || over || state === 'running'} onClick={() => session.run(1)}>
          {t.step}
        </Button>
        <Button onClick={onReset}>{t.reset}</Button>
      </div>
      <p class="facts">
        {busy ? (
          <span>{t.making}</span>
        ) : (
          <>
            <span data-testid="steps">{t.steps(session.step.value)}</span>
            <span>{t.epochs(session.epochs.value.toFixed(1))}</span>
            {state === 'running' && session.rate.value > 0 && (
              <span>{t.rate(Number(session.rate.value.toPrecision(3)).toLocaleString())}</span>
            )}
          </>
        )}
        {device && (
          <span data-testid="device" title={device.description}>
            {t.on(device.name)}
          </span>
        )}
      </p>
      <NoticeBox notice={session.notice.value} />
    </div>
  );
}
