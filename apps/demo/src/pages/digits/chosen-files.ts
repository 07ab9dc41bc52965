// Which of the visitor's files are images and which labels, as they come in, one by one or together.

import type { ImagesFound, WrongFile } from './file-facts.ts';

interface Part {
  readonly file: File;
  readonly count: number;
}

/** What was chosen so far. */
export interface Chosen {
  readonly images?: Part;
  readonly labels?: Part;
  readonly wrong: readonly { readonly name: string; readonly why: WrongFile }[];
}

export const nothingChosen: Chosen = { wrong: [] };

/** With one more file; the later one of a kind counts. */
export function withFile(chosen: Chosen, file: File, found: ImagesFound): Chosen {
  switch (found.kind) {
    case 'images':
    case 'labels':
      return { ...chosen, [found.kind]: { file, count: found.count } };
    case 'wrong':
      return { ...chosen, wrong: [...chosen.wrong, { name: file.name, why: found.why }] };
  }
}

/** Both files, if they are there and of one set. */
export function pairOf({ images, labels }: Chosen): { readonly images: File; readonly labels: File } | undefined {
  return images && labels && images.count === labels.count ? { images: images.file, labels: labels.file } : undefined;
}
