// The plane: what the network expects where, and the points over it on a canvas of their own, since they seldom change.

import { useEffect, useRef, useState } from 'preact/hooks';
import { useTexts } from '../../state/language.ts';
import { theme } from '../../state/theme.ts';
import { squares, type OwnPoint, type SetName } from './config.ts';
import { percent } from './format.ts';
import { enlarged, probabilityPixels } from './paint.ts';
import { paletteOf } from './palette.ts';
import { drawPoints, type ShownPoint } from './points.ts';
import { texts } from './texts.ts';
import { gridSide, type PlaygroundView } from './view.ts';

/** Pixels for each place of the grid, across and down; the browser does the rest. */
const finer = 3;
const paintedSide = finer * gridSide;

export interface PlaneProps {
  readonly view: PlaygroundView | undefined;
  readonly set: SetName;
  /** Drawn before the network has heard of them. */
  readonly own: readonly OwnPoint[];
  /** Called with a place that was clicked. */
  readonly onPlace?: (x: number, y: number) => void;
}

export function Plane({ view: latest, set, own, onPlace }: PlaneProps) {
  // Another set has another square: what was seen of the one before does not fit.
  const view = latest?.set === set ? latest : undefined;
  const t = useTexts(texts);
  const ground = useRef<HTMLCanvasElement>(null);
  const cover = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState(0);
  const look = theme.value;
  const square = squares[set];

  useEffect(() => {
    const { current } = cover;
    if (!current) return undefined;
    const measure = (): void => setSize(Math.round(current.clientWidth * Math.min(devicePixelRatio, 2)));
    const watcher = new ResizeObserver(measure);
    watcher.observe(current);
    return () => watcher.disconnect();
  }, []);

  useEffect(() => {
    const { current } = ground;
    if (!current || !view) return;
    const grid = enlarged(view.grid, view.classes, gridSide, finer);
    const pixels = probabilityPixels(grid, view.classes, paintedSide, paletteOf(current));
    current.getContext('2d')?.putImageData(new ImageData(pixels, paintedSide, paintedSide), 0, 0);
  }, [view, look]);

  const shown = shownPoints(view, set, own);
  const drawn = shown.map(({ x, y, label, isFilled }) => `${x},${y},${label}${isFilled ? '' : 't'}`).join(' ');
  useEffect(() => {
    const { current } = cover;
    if (!current || size === 0) return;
    current.width = current.height = size;
    const context = current.getContext('2d');
    if (context) drawPoints(context, shown, square, current.clientWidth, paletteOf(current));
  }, [drawn, size, look, square]);

  const place = (event: MouseEvent): void => {
    const { current } = cover;
    if (!current || !onPlace) return;
    const box = current.getBoundingClientRect();
    const across = (2 * (event.clientX - box.left)) / box.width - 1;
    const down = (2 * (event.clientY - box.top)) / box.height - 1;
    onPlace(square.x + across * square.reach, square.y - down * square.reach);
  };
  const isLost = view?.grid.some(Number.isNaN) ?? false;
  const { train, test } = view ?? {};
  const scores = [train && `${t.trained} ${percent(train.accuracy)}`, test && `${t.tested} ${percent(test.accuracy)}`];
  const accuracy = `${t.accuracy}: ${scores.filter(Boolean).join(', ') || '–'}`;
  const label = view
    ? t.planeLabel(view.trained, view.labels.length - view.trained, view.classes, accuracy)
    : t.planeWaits;
  return (
    <div class="plane">
      <canvas ref={ground} width={paintedSide} height={paintedSide} aria-hidden="true" />
      <canvas
        ref={cover}
        class={onPlace && 'placing'}
        data-testid="plane"
        role="img"
        aria-label={isLost ? `${label}. ${t.planeNaN}` : label}
        onClick={place}
      />
    </div>
  );
}

/** The visitor's own points as they are; as soon as the network has them, it is told which of them are for testing. */
function shownPoints(view: PlaygroundView | undefined, set: SetName, own: readonly OwnPoint[]): readonly ShownPoint[] {
  if (set === 'own' && view?.labels.length !== own.length) return own.map((point) => ({ ...point, isFilled: true }));
  if (!view) return [];
  return Array.from(view.labels, (label, k) => ({
    x: view.places[2 * k] ?? 0,
    y: view.places[2 * k + 1] ?? 0,
    label,
    isFilled: k < view.trained,
  }));
}
