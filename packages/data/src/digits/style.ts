// What varies from one written digit to the next. The test split draws everything marked (*) from bands that the
// training split leaves out, so that it asks for what was learnt about digits rather than about these hands.

/** An interval to draw from uniformly. */
export type Band = readonly [low: number, high: number];

/** Bands per property; a property with several bands first picks one of them. */
export interface Style {
  /** Horizontal shear, as dx/dy; positive leans to the right. (*) */
  readonly slant: readonly Band[];
  /** Tangent of half the angle of rotation. */
  readonly turn: readonly Band[];
  /** Height in pixels. */
  readonly height: readonly Band[];
  /** Width over height. (*) */
  readonly aspect: readonly Band[];
  /** Half the width of the stroke, in pixels. (*) */
  readonly pen: readonly Band[];
  /** How far every knot may stray, in hundredths of the box. (*) */
  readonly wobble: readonly Band[];
  /** Largest shift of the digit's centre from the image's, in pixels. */
  readonly shift: readonly Band[];
  /** Brightness of the ink, of 255. */
  readonly ink: readonly Band[];
  /** Standard deviation of the noise added to every pixel, of 255. (*) */
  readonly noise: readonly Band[];
}

export const trainStyle: Style = {
  slant: [[-0.1, 0.3]],
  turn: [[-0.1, 0.1]],
  height: [[16, 21]],
  aspect: [[0.58, 0.8]],
  pen: [[0.9, 1.5]],
  wobble: [[2, 5]],
  shift: [[0, 3.5]],
  ink: [[170, 255]],
  noise: [[4, 20]],
};

export const testStyle: Style = {
  ...trainStyle,
  slant: [[-0.22, -0.1], [0.3, 0.42]],
  aspect: [[0.5, 0.58], [0.8, 0.9]],
  pen: [[0.75, 0.9], [1.5, 1.8]],
  wobble: [[5, 6]],
  noise: [[20, 28]],
};
