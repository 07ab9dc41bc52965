// A field to draw a digit on, with mouse, finger, pen, or a pen that keys move.

import type { RefObject } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { useTexts, type Texts } from '../../state/language.ts';

/** The side in pixels of what is drawn, a pen's width, and how far a key moves it. */
const side = 280;
const penWidth = 22;
const keyStep = 10;

interface PadTexts {
  readonly label: string;
  readonly keys: string;
  readonly down: string;
  readonly up: string;
}

const texts: Texts<PadTexts> = {
  en: {
    label: 'Field to draw a digit on',
    keys: 'With keys: arrows move the pen, space sets it down and lifts it, Delete clears.',
    down: 'Pen down',
    up: 'Pen up',
  },
  zh: {
    label: '书写数字的区域',
    keys: '键盘操作：方向键移动笔，空格键落笔或抬笔，Delete 键清除。',
    down: '已落笔',
    up: '已抬笔',
  },
};

interface Point {
  readonly x: number;
  readonly y: number;
}

/** What is drawn, 0 to 255, row after row. */
export interface Ink {
  readonly ink: Uint8Array;
  readonly width: number;
  readonly height: number;
}

const arrows: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -keyStep, y: 0 },
  ArrowRight: { x: keyStep, y: 0 },
  ArrowUp: { x: 0, y: -keyStep },
  ArrowDown: { x: 0, y: keyStep },
};

const within = (value: number): number => Math.min(side - keyStep, Math.max(keyStep, value));

function context(place: RefObject<HTMLCanvasElement | null>): CanvasRenderingContext2D | undefined {
  return place.current?.getContext('2d', { willReadFrequently: true }) ?? undefined;
}

function line(pen: CanvasRenderingContext2D, from: Point, to: Point): void {
  Object.assign(pen, { lineWidth: penWidth, lineCap: 'round', lineJoin: 'round', strokeStyle: '#fff' });
  pen.beginPath();
  pen.moveTo(from.x, from.y);
  pen.lineTo(to.x, to.y);
  pen.stroke();
}

function inkOf(pen: CanvasRenderingContext2D): Ink {
  const { data } = pen.getImageData(0, 0, side, side);
  const ink = new Uint8Array(side * side);
  // White on nothing: how much of a pixel is covered is how white it is.
  for (let k = 0; k < ink.length; k++) ink[k] = ((data[4 * k] ?? 0) * (data[4 * k + 3] ?? 0)) / 255;
  return { ink, width: side, height: side };
}

/** Fills the field with an image of 28 × 28 pixels. */
function put(pen: CanvasRenderingContext2D, pixels: Uint8Array): void {
  const small = new OffscreenCanvas(28, 28);
  const image = new ImageData(28, 28);
  pixels.forEach((value, k) => image.data.set([255, 255, 255, value], 4 * k));
  small.getContext('2d')?.putImageData(image, 0, 0);
  pen.clearRect(0, 0, side, side);
  pen.drawImage(small, 0, 0, side, side);
}

export interface DrawingPadProps {
  /** Shown in the field when it changes: 28 × 28 pixels, or nothing. */
  readonly picture: { readonly pixels: Uint8Array | undefined };
  /** After each movement of the pen. */
  readonly onDraw: (ink: Ink) => void;
  readonly onClear: () => void;
}

export function DrawingPad({ picture, onDraw, onClear }: DrawingPadProps) {
  const t = useTexts(texts);
  const help = useId();
  const place = useRef<HTMLCanvasElement>(null);
  const last = useRef<Point | undefined>(undefined);
  const [keyPen, setKeyPen] = useState({ x: side / 2, y: side / 4, down: false });

  useEffect(() => {
    const pen = context(place);
    if (!pen) return;
    pen.clearRect(0, 0, side, side);
    if (picture.pixels) put(pen, picture.pixels);
  }, [picture]);

  const draw = (from: Point, to: Point): void => {
    const pen = context(place);
    if (!pen) return;
    line(pen, from, to);
    onDraw(inkOf(pen));
  };
  const pointOf = (event: PointerEvent): Point => {
    const box = place.current?.getBoundingClientRect();
    if (!box) return { x: 0, y: 0 };
    return { x: ((event.clientX - box.left) / box.width) * side, y: ((event.clientY - box.top) / box.height) * side };
  };
  const begin = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    place.current?.setPointerCapture(event.pointerId);
    last.current = pointOf(event);
    draw(last.current, last.current);
  };
  const move = (event: PointerEvent): void => {
    const from = last.current;
    if (!from) return;
    const to = pointOf(event);
    last.current = to;
    draw(from, to);
  };
  const end = (): void => {
    last.current = undefined;
  };
  const press = (event: KeyboardEvent): void => {
    const by = arrows[event.key];
    if (by) {
      const to = { x: within(keyPen.x + by.x), y: within(keyPen.y + by.y) };
      if (keyPen.down) draw(keyPen, to);
      setKeyPen({ ...to, down: keyPen.down });
    } else if (event.key === ' ') {
      if (!keyPen.down) draw(keyPen, keyPen);
      setKeyPen({ ...keyPen, down: !keyPen.down });
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      setKeyPen({ ...keyPen, down: false });
      onClear();
    } else return;
    event.preventDefault();
  };

  return (
    <div class="pad">
      <div class="field-of-ink">
        <canvas
          ref={place}
          width={side}
          height={side}
          tabIndex={0}
          role="application"
          aria-label={t.label}
          aria-describedby={help}
          data-testid="pad"
          onPointerDown={begin}
          onPointerMove={move}
          onPointerUp={end}
          onPointerCancel={end}
          onKeyDown={press}
        />
        <i
          class={keyPen.down ? 'key-pen down' : 'key-pen'}
          style={{ left: `${(keyPen.x / side) * 100}%`, top: `${(keyPen.y / side) * 100}%` }}
        />
      </div>
      <p class="aside keys" id={help}>
        {t.keys}
      </p>
      <span class="unseen" role="status">
        {keyPen.down ? t.down : t.up}
      </span>
    </div>
  );
}
