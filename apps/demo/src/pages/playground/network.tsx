// The network: layers to add and take away, and what is in each.

import { useTexts } from '../../state/language.ts';
import { Button, Panel } from '../../ui/controls.tsx';
import { limits } from './config.ts';
import { brief } from './format.ts';
import { tileSide, type LayerView } from './view.ts';
import { heightOf, signedPixels, tilePixels, widthOf } from './paint.ts';
import { Picture } from './picture.tsx';
import { texts } from './texts.ts';

export interface NetworkProps {
  /** Units of each hidden layer, as they are set. */
  readonly layers: readonly number[];
  /** What the worker showed of them last; the output is one more. */
  readonly views: readonly LayerView[];
  readonly onLayers: (layers: readonly number[]) => void;
}

export function Network({ layers, views, onLayers }: NetworkProps) {
  const t = useTexts(texts);
  const resize = (k: number, by: number): void => onLayers(layers.map((units, at) => (at === k ? units + by : units)));
  return (
    <Panel title={t.network} wide>
      <p class="about">{t.networkLead}</p>
      <p class="signs" aria-hidden="true">
        {t.negative} <i /> {t.positive}
      </p>
      <div class="layers">
        {layers.map((units, k) => (
          // A layer is its place: there is nothing else to tell two apart by.
          <section key={k} class="layer" aria-label={t.hidden(k + 1)}>
            <h3>{t.hidden(k + 1)}</h3>
            <div class="stepper">
              <button type="button" class="button small" aria-label={t.fewer(k + 1)} disabled={units <= 1} onClick={() => resize(k, -1)}>−</button>
              <output aria-live="polite">{t.units(units)}</output>
              <button type="button" class="button small" aria-label={t.more(k + 1)} disabled={units >= limits.units} onClick={() => resize(k, 1)}>+</button>
              <button type="button" class="button small" aria-label={t.remove(k + 1)} onClick={() => onLayers(layers.filter((_, at) => at !== k))}>{t.removeShort}</button>
            </div>
            <Layer view={views[k]} name={t.hidden(k + 1)} />
          </section>
        ))}
        <section class="layer" aria-label={t.output}>
          <h3>{t.output}</h3>
          <Layer view={views[layers.length]} name={t.output} />
        </section>
      </div>
      <Button disabled={layers.length >= limits.layers} onClick={() => onLayers([...layers, layers.at(-1) ?? 4])}>
        {t.add}
      </Button>
    </Panel>
  );
} // prettier-ignore

function Layer({ view, name }: { view: LayerView | undefined; name: string }) {
  const t = useTexts(texts);
  if (!view) return null;
  const { rows, cols, weights, gradients, units } = view;
  const tiling = { count: rows, across: Math.min(rows, 6), side: tileSide, gap: 3 };
  return (
    <>
      <Picture
        kind="units"
        values={units}
        width={widthOf(tiling)}
        height={heightOf(tiling)}
        zoom={0.095}
        paint={(values, palette) => tilePixels(values, tiling, palette)}
        label={t.unitsLabel(rows, name)}
      />
      <div class="heats">
        <Heat name={t.weights} values={weights} rows={rows} cols={cols} />
        <Heat name={t.gradients} values={gradients} rows={rows} cols={cols} />
      </div>
    </>
  );
} // prettier-ignore

function Heat({ name, values, rows, cols }: { name: string; values: Float32Array; rows: number; cols: number }) {
  const t = useTexts(texts);
  const [low, high] = [brief(values.reduce((a, b) => Math.min(a, b), 0)), brief(values.reduce((a, b) => Math.max(a, b), 0))];
  return (
    <figure>
      <Picture
        kind="heat"
        values={values}
        width={cols}
        height={rows}
        zoom={0.8}
        paint={(numbers, palette) => signedPixels(numbers, cols, palette)}
        label={t.heatLabel(name, rows, cols, low, high)}
      />
      <figcaption>
        {name} <span>{t.heatRange(low, high)}</span>
      </figcaption>
    </figure>
  );
} // prettier-ignore
