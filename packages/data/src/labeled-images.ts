/** Grey images and their classes, as bytes. */
export interface LabeledImages {
  /** Image after image, row after row: `labels.length` · `rows` · `cols` bytes, 0 black and 255 white. */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly rows: number;
  readonly cols: number;
}
