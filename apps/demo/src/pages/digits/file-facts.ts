// What can be said of an IDX file: the page says it in words, and the worker finds it out.

export const side = 28;
export const mostBytes = 100e6;
export const fewestImages = 50;

/** What a file turned out to be. */
export type ImagesFound =
  | { readonly kind: 'images'; readonly count: number }
  | { readonly kind: 'labels'; readonly count: number }
  | { readonly kind: 'wrong'; readonly why: WrongFile };

/** Why a file cannot be used; `detail` is what the program said of it. */
export type WrongFile =
  | { readonly reason: 'large'; readonly bytes: number }
  | { readonly reason: 'damaged'; readonly detail: string }
  | { readonly reason: 'shape'; readonly shape: readonly number[] }
  | { readonly reason: 'size'; readonly rows: number; readonly cols: number }
  | { readonly reason: 'label'; readonly label: number }
  | { readonly reason: 'few'; readonly count: number };
