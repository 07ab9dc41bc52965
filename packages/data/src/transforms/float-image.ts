/** An image on the host on its way to a batch: channel after channel, row after row, as a tensor [channels, height, width]. */
export interface FloatImage {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** An image of zeros. */
export function blankImage(channels: number, height: number, width: number): FloatImage {
  return { data: new Float32Array(channels * height * width), width, height, channels };
}
