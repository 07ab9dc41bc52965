// Trains a job in a worker: step after step while it may, with what the page asks for done between two steps.

import { type Device, manualSeed, train, useBackend } from 'rushlight';
import type { BackendName } from '../state/backend.ts';
import { jobs, type Job, type JobName } from './job.ts';
import type { Command, Evaluation, Notice, Report, Saved, Told } from './protocol.ts';
import { takeFile } from './take-file.ts';

/** Milliseconds between two pictures, and between two looks for commands. */
const betweenViews = 100;
const betweenLooks = 12;

export class Runner {
  private readonly post: (told: Told, transfer?: Transferable[]) => void;
  private commands: Command[] = [];
  private wake: (() => void) | undefined;
  /** The number of the run. */
  private run = 0;
  private made: { readonly name: JobName; readonly config: unknown; readonly job: Job } | undefined;
  private device: Device | undefined;
  private events: AsyncGenerator<train.TrainEvent, unknown, void> | undefined;
  /** Steps that may still be made. */
  private wanted = 0;
  private position = { step: 0, epochs: 0 };
  private losses: number[] = [];
  private evaluations: Evaluation[] = [];
  private shown = 0;
  /** Whether the page has shown the last picture: on a slow machine it may take longer than the next one. */
  private isSeen = true;
  private looked = 0;
  private counted = { at: 0, step: 0, rate: 0 };
  /** What went wrong last. */
  private notice: Notice | undefined;

  constructor(post: (told: Told, transfer?: Transferable[]) => void) {
    this.post = post;
  }

  command(command: Command): void {
    // A new run makes pointless what was still to be done to others, but for what waits for an answer.
    if (command.kind === 'make') {
      this.commands = this.commands.filter((queued) => 'id' in queued || queued.kind === 'seen');
    }
    this.commands.push(command);
    this.wake?.();
  }

  private report(report: Report, transfer?: Transferable[]): void {
    this.post({ run: this.run, report }, transfer);
  }

  /** Does what it is told, for ever. */
  async serve(): Promise<never> {
    for (;;) {
      const command = this.commands.shift();
      try {
        if (command) await this.obey(command);
        else if (this.wanted > 0 && this.made) await this.step();
        else await new Promise<void>((resolve) => (this.wake = resolve));
      } catch (error) {
        await this.stop();
        this.tell(error);
        // What the end looks like, where there is still something to see.
        await this.show().catch(() => undefined);
      }
    }
  }

  private tell(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const notice: Notice =
      error instanceof train.NonFiniteLossError
        ? { kind: 'diverged', step: error.step, message }
        : { kind: 'failed', message };
    this.notice = notice;
    this.report({ kind: 'notice', notice });
  }

  private async obey(command: Command): Promise<void> {
    switch (command.kind) {
      case 'make':
        this.run = command.run;
        return this.make(command.job, command.config, command.backend);
      case 'run':
        if (!this.made) {
          // It could not be made: why, once more.
          if (this.notice) this.report({ kind: 'notice', notice: this.notice });
          return this.report({ kind: 'paused' });
        }
        this.wanted = command.steps ?? Infinity;
        return this.report({ kind: 'running' });
      case 'pause':
        await this.stop();
        return this.show();
      case 'seen':
        this.isSeen = true;
        return undefined;
      case 'backend':
        return this.move(command.backend);
      case 'adjust':
        return this.made?.job.adjust?.(command.settings);
      case 'ask':
        return this.answer(command.id, () => this.made?.job.ask?.(command.question));
      case 'save':
        return this.answer(command.id, () => this.made && this.save(this.made.job.trainer));
      case 'load':
        await this.stop();
        [this.losses, this.evaluations] = [[], []];
        await this.answer(command.id, () => this.made && takeFile(this.made.job, command.bytes));
        this.made?.job.forget?.();
        this.findPosition();
        return this.show();
    }
  }

  private async answer(id: number, find: () => unknown): Promise<void> {
    try {
      this.report({ kind: 'answer', id, answer: await find() });
    } catch (error) {
      this.report({ kind: 'answer', id, error: error instanceof Error ? error.message : String(error) });
    }
  }

  /** Makes no more steps. */
  private async stop(): Promise<void> {
    this.wanted = 0;
    this.counted = { at: 0, step: 0, rate: 0 };
    await this.events?.return(undefined);
    this.events = undefined;
    this.report({ kind: 'paused' });
  }

  private async make(name: JobName, config: unknown, backend: BackendName): Promise<void> {
    await this.stop();
    this.made = this.notice = undefined;
    [this.losses, this.evaluations] = [[], []];
    this.position = { step: 0, epochs: 0 };
    await this.open(backend);
    this.tellDevice();
    const { makeJob } = await jobs[name]();
    manualSeed(0);
    this.made = { name, config, job: await makeJob(config as never) };
    this.report({ kind: 'made' });
    await this.show();
  }

  /** Opens a backend, or the next best one that runs here, and says which. */
  private async open(name: BackendName): Promise<void> {
    const before = this.device;
    try {
      this.device = await useBackend(name);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.report({ kind: 'notice', notice: { kind: 'unavailable', backend: name, message } });
      this.device = await useBackend('auto');
    }
    if (before && before !== this.device) before.dispose();
  }

  private tellDevice(): void {
    const { name, description = '' } = this.device ?? {};
    if (name) this.report({ kind: 'device', device: { name, description } });
  }

  /** The same run on another backend: its checkpoint is what is carried over, so that its numbers are those of a run left alone. */
  private async move(backend: BackendName): Promise<void> {
    const { made } = this;
    const going = this.wanted;
    await this.events?.return(undefined);
    this.events = undefined;
    const saved = made && (await this.save(made.job.trainer));
    await this.open(backend);
    if (made && saved) {
      const { makeJob } = await jobs[made.name]();
      const job = await makeJob(made.config as never);
      await job.trainer.load(saved.bytes);
      this.made = { ...made, job };
      this.wanted = going;
      await this.show();
    }
    // What is shown by then is of this one.
    this.tellDevice();
  }

  private async save(trainer: train.Trainer): Promise<Saved> {
    try {
      return { bytes: await trainer.save(), step: trainer.position.step };
    } catch (error) {
      if (!train.isDeviceLoss(error)) throw error;
    }
    // A step finds that the GPU is lost, and goes back to what the trainer has kept.
    await this.events?.return(undefined);
    this.events = undefined;
    for await (const event of trainer.run(1e9)) {
      if (event.kind !== 'resumed') continue;
      this.noteResumed(event);
      break;
    }
    await this.show();
    return { bytes: await trainer.save(), step: trainer.position.step };
  }

  private async step(): Promise<void> {
    const { made } = this;
    if (!made) return;
    this.events ??= made.job.trainer.run(1e9);
    const { value: event, done } = await this.events.next();
    if (done || !event) return this.stop();
    if (event.kind === 'step') await this.noteStep(event);
    else if (event.kind === 'resumed') this.noteResumed(event);
    else {
      const values = { loss: event.loss, ...numbersOf(event.evaluation) };
      this.evaluations.push({ step: event.step, values });
    }
    const now = performance.now();
    if (now - this.looked > betweenLooks) {
      this.looked = now;
      await turn();
    }
    if (this.wanted === 0) {
      await this.stop();
      await this.show();
    } else if (this.isSeen && now - this.shown > betweenViews) await this.show();
  }

  private noteResumed({ device, step, reason }: train.ResumedEvent): void {
    this.device = device;
    this.made?.job.forget?.();
    this.findPosition();
    // What came after that step is made, and told, again.
    this.losses = this.losses.filter((_, k) => (this.losses[k - (k % 2)] ?? 0) <= step);
    this.evaluations = this.evaluations.filter((evaluation) => evaluation.step <= step);
    this.tellDevice();
    this.report({ kind: 'notice', notice: { kind: 'lost', step, reason } });
  }

  private async noteStep({ loss, step, epoch, batch, batches = Infinity }: train.StepEvent): Promise<void> {
    this.wanted--;
    this.position = { step, epochs: epoch - 1 + batch / batches };
    const now = performance.now();
    const { counted } = this;
    if (counted.at === 0) this.counted = { at: now, step, rate: 0 };
    else if (now - counted.at > 500)
      this.counted = { at: now, step, rate: ((step - counted.step) / (now - counted.at)) * 1000 };
    // Where reading waits for a GPU not every loss is read.
    const isRead = this.device?.backend.readSync !== undefined || this.wanted < 1 || now - this.shown > betweenViews;
    if (isRead) this.losses.push(step, await loss.item().catch(() => NaN)); // of a lost device, which the next event tells of
  }

  /** Where the trainer is, when no step told. */
  private findPosition(): void {
    const { trainer } = this.made?.job ?? {};
    if (!trainer) return;
    const { epoch, batch, step } = trainer.position;
    this.position = { step, epochs: epoch + batch / trainer.options.trainLoader.length };
  }

  /** Tells how far it is, and what there is to see. */
  private async show(): Promise<void> {
    const { made, losses, evaluations } = this;
    if (!made) return;
    const { position, counted } = this;
    this.report({ kind: 'progress', progress: { ...position, rate: counted.rate, losses, evaluations } });
    [this.losses, this.evaluations] = [[], []];
    try {
      const { view, transfer } = await made.job.view();
      this.isSeen = false;
      this.report({ kind: 'view', view }, transfer);
    } catch (error) {
      // That the GPU is lost, the trainer finds with its next step, and goes on elsewhere.
      if (!train.isDeviceLoss(error)) throw error;
    }
    this.shown = performance.now();
  }
}

const numbersOf = (values: Readonly<Record<string, unknown>> | undefined): Record<string, number> =>
  Object.fromEntries(Object.entries(values ?? {}).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value]] : []))); // prettier-ignore

/** Lets messages come in. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
