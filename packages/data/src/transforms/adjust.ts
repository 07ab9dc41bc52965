// Colours changed: each function is torchvision's of that name. Floats are images in 0…1, integers in 0…their greatest.

import {
  clamp,
  cat,
  floor,
  isFloat,
  maximum,
  mean,
  minimum,
  ShapeError,
  where,
  type DType,
  type Tensor,
} from '@rushlight/core';

/** The greatest number that a dtype's images hold. */
export function greatest(dtype: DType): number {
  if (isFloat(dtype) || dtype === 'bool') return 1;
  return dtype === 'uint8' ? 255 : 2 ** 31 - 1;
}

/** Throws a ShapeError unless the image has 1 or 3 channels. */
export function checkColours(op: string, x: Tensor): void {
  const channels = x.shape.at(-3);
  if (channels === 1 || channels === 3) return;
  throw new ShapeError(op, `it takes images of 1 or 3 channels, but got ${channels}. Leave out alpha first.`);
}

/** In a float dtype that can be computed in. */
export function floats(x: Tensor): Tensor {
  return x.dtype === 'float32' || x.dtype === 'float64' ? x : x.to('float32');
}

/** ratio · x + (1 − ratio) · other within the dtype's range; integers are rounded down. */
export function blend(x: Tensor, other: Tensor, ratio: number): Tensor {
  const mixed = floats(x)
    .mul(ratio)
    .add(floats(other).mul(1 - ratio));
  return clamp(mixed, { min: 0, max: greatest(x.dtype) }).to(x.dtype);
}

/** 0.2989 · red + 0.587 · green + 0.114 · blue of 3 channels, [..., 1, H, W]; 1 channel stays; integers are rounded down. */
export function gray(x: Tensor): Tensor {
  if (x.shape.at(-3) === 1) return x;
  const [r, g, b] = floats(x).split(1, -3) as [Tensor, Tensor, Tensor];
  return r.mul(0.2989).add(g.mul(0.587)).add(b.mul(0.114)).to(x.dtype);
}

export function adjustBrightness(x: Tensor, factor: number): Tensor {
  return blend(x, x.mul(0), factor);
}

export function adjustContrast(x: Tensor, factor: number): Tensor {
  return blend(x, mean(floats(gray(x)), [-3, -2, -1], { keepdim: true }), factor);
}

export function adjustSaturation(x: Tensor, factor: number): Tensor {
  return x.shape.at(-3) === 1 ? x : blend(x, gray(x), factor);
}

/** The hue, of a circle of length 1, moved by `factor`. */
export function adjustHue(x: Tensor, factor: number): Tensor {
  if (x.shape.at(-3) === 1) return x;
  const most = greatest(x.dtype);
  const [r, g, b] = (most === 1 ? floats(x) : floats(x).div(most)).split(1, -3) as [Tensor, Tensor, Tensor];
  const value = maximum(maximum(r, g), b);
  const spread = value.sub(minimum(minimum(r, g), b));
  const isGray = spread.eq(0);
  const saturation = spread.div(where(isGray, 1, value));
  const divisor = where(isGray, 1, spread);
  const [fromR, fromG, fromB] = [r, g, b].map((c) => value.sub(c).div(divisor)) as [Tensor, Tensor, Tensor];
  const sector = where(
    value.eq(r),
    fromB.sub(fromG),
    where(value.eq(g), fromR.sub(fromB).add(2), fromG.sub(fromR).add(4)),
  );
  const hue = fraction(sector.div(6).add(1));
  const turned = turn(fraction(hue.add(factor)), saturation, value);
  if (most === 1) return turned.to(x.dtype);
  return turned.mul(most + 1 - 1e-3).to(x.dtype);
}

/** Hue, saturation and value as red, green and blue. */
function turn(hue: Tensor, saturation: Tensor, value: Tensor): Tensor {
  const sixths = hue.mul(6);
  const sector = floor(sixths);
  const part = sixths.sub(sector);
  const within = (dark: Tensor) => clamp(value.mul(dark.rsub(1)), { min: 0, max: 1 });
  const p = within(saturation);
  const q = within(saturation.mul(part));
  const t = within(saturation.mul(part.rsub(1)));
  const choose = (six: readonly Tensor[]): Tensor =>
    six.slice(1).reduce<Tensor>((chosen, colour, k) => where(sector.eq(k + 1), colour, chosen), six[0] ?? value);
  const red = choose([value, q, p, p, t, value]);
  const green = choose([t, value, value, q, p, p]);
  return cat([red, green, choose([p, p, t, value, value, q])], -3);
}

function fraction(x: Tensor): Tensor {
  return x.sub(floor(x));
}
