import type { CliEvent } from './events.js';

/** How often a plain line may follow another. */
const plainInterval = 2000; // ms
const liveInterval = 100; // ms

interface Stage {
  readonly name: string;
  readonly begin: number;
}

/** Progress on stderr: one line that updates itself on a TTY, now and then a plain line otherwise. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  #stage: Stage | null = null;
  #lastShown = 0;
  #live = false;
  /** Training examples in an epoch. */
  #examples = 0;
  #epochs = 0;
  #lastEpoch = '';

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(event: CliEvent): void {
    switch (event.type) {
      case 'start':
        this.#examples = event.examples.train;
        break;
      case 'phase':
        this.#epochs = event.epochs;
        this.#lastEpoch = '';
        break;
      case 'data':
        this.#count('reading data', event.done, event.total, false);
        break;
      case 'features':
        this.#count('computing features', event.done, event.total, event.done === event.total);
        break;
      case 'predict':
        this.#count('predicting', event.done, event.total, false);
        break;
      case 'step': {
        const fraction = event.epoch - 1 + event.step / event.steps;
        this.#train(event.phase, fraction, `epoch ${event.epoch}/${this.#epochs}${this.#lastEpoch}`, false);
        break;
      }
      case 'epoch': {
        const { trainLoss, validationLoss, validationMetric } = event;
        const loss = validationLoss === null ? trainLoss : validationLoss;
        this.#lastEpoch = `, loss ${loss.toFixed(4)}${validationMetric === null ? '' : `, validation ${validationMetric.toFixed(3)}`}`;
        const last = event.epoch === event.epochs;
        this.#train(event.phase, event.epoch, `epoch ${event.epoch}/${event.epochs}${this.#lastEpoch}`, last);
        break;
      }
    }
  }

  /** Takes the updating line away, so that something else can be written. */
  clear(): void {
    if (this.#live) this.#stream.write('\r\x1b[2K');
    this.#live = false;
  }

  #count(name: string, done: number, total: number, last: boolean): void {
    this.#line(name, `${name} ${done}/${total}`, done, total, last);
  }

  #train(phase: number, epochs: number, text: string, last: boolean): void {
    this.#line(`training ${phase}`, text, epochs * this.#examples, this.#epochs * this.#examples, last);
  }

  #line(stage: string, text: string, done: number, total: number, last: boolean): void {
    const now = performance.now();
    const isTTY = this.#stream.isTTY === true;
    if (this.#stage?.name !== stage) {
      this.#stage = { name: stage, begin: now };
      if (!isTTY) this.#lastShown = now;
    }
    if (!last && now - this.#lastShown < (isTTY ? liveInterval : plainInterval)) return;
    this.#lastShown = now;
    const seconds = (now - this.#stage.begin) / 1000;
    const speed = seconds > 0.2 ? paceText(done / seconds, (total - done) / (done / seconds)) : '';
    if (isTTY) {
      const line = `${text}${speed}`.slice(0, (this.#stream.columns || 80) - 1);
      this.#stream.write(`\r\x1b[2K${line}`);
      this.#live = true;
    } else {
      this.#stream.write(`${text}${speed}\n`);
    }
  }
}

function paceText(perSecond: number, secondsLeft: number): string {
  const rate = perSecond >= 10 ? perSecond.toFixed(0) : perSecond.toFixed(1);
  return `, ${rate} examples/s, ${durationText(secondsLeft)} left`;
}

function durationText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  if (seconds < 5400) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
