/** Grey images and their classes, as bytes. */
export interface LabeledImages {
  /** Image after image, row after row: `labels.length` · `rows` · `cols` bytes, 0 black and 255 white. */
  readonly images: Uint8Array;
  /** The class of each image. */
  readonly labels: Uint8Array;
  /** The height of every image. */
  readonly rows: number;
  /** The width of every image. */
  readonly cols: number;
}
