// What varies from one written digit to the next. The test split draws slant, pen and noise from bands on either side of
// those that training sees, so that it asks what was learnt about digits rather than about these hands.

/** An interval to draw from uniformly. */
export type Band = readonly [low: number, high: number];

/** Bands for each property; where there are several, one of them is picked first. */
export interface Style {
  /** Horizontal shear, dx/dy: positive leans to the right. */
  readonly slant: readonly Band[];
  /** Rotation, as the tangent of half its angle. */
  readonly turn: readonly Band[];
  /** Height in pixels. */
  readonly height: readonly Band[];
  /** Width over height. */
  readonly aspect: readonly Band[];
  /** Half the width of a stroke, in pixels. */
  readonly pen: readonly Band[];
  /** How far a knot may stray along each axis, in hundredths of the digit's box. */
  readonly wobble: readonly Band[];
  /** How far the middle may be from the image's along each axis, in pixels. */
  readonly shift: readonly Band[];
  /** Brightness of the ink, of 255. */
  readonly ink: readonly Band[];
  /** Standard deviation of what is added to every pixel, of 255. */
  readonly noise: readonly Band[];
}

export const trainStyle: Style = {
  slant: [[-0.1, 0.3]],
  turn: [[-0.04, 0.04]],
  height: [[16, 20]],
  aspect: [[0.6, 0.8]],
  pen: [[0.8, 1.4]],
  wobble: [[1, 4]],
  shift: [[0, 3.9]],
  ink: [[160, 255]],
  noise: [[0, 16]],
};

export const testStyle: Style = {
  ...trainStyle,
  slant: [
    [-0.15, -0.1],
    [0.3, 0.35],
  ],
  pen: [
    [0.74, 0.8],
    [1.4, 1.48],
  ],
  noise: [[16, 20]],
};
