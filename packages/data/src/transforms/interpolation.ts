import { ValueError } from '@rushlight/core';

/** What a pixel between pixels becomes: the nearest one, or a mixture of the four around it. */
export type Interpolation = 'nearest' | 'bilinear';

/** Throws a ValueError if there is none of that name. */
export function checkInterpolation(op: string, interpolation: Interpolation): void {
  if (interpolation === 'nearest' || interpolation === 'bilinear') return;
  throw new ValueError(op, `there is no interpolation '${String(interpolation)}'. Use 'nearest' or 'bilinear'.`);
}
