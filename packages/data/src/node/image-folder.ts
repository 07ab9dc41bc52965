import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { defaultGenerator, show, tensor, ValueError, type Generator, type Tensor } from '@rushlight/core';
import { checkCount, checkIndex } from '../check-options.ts';
import { Dataset } from '../dataset.ts';
import { defaultCollate, type Collate, type Collated } from '../default-collate.ts';
import { decodeImage } from '../images/decode-image.ts';
import { resizePixels } from '../images/resize-pixels.ts';
import { toGray, toRGB } from '../images/to-gray.ts';
import type { PixelImage } from '../pixel-image.ts';
import { forSample } from '../sample-error.ts';
import type { FloatImage } from '../transforms/float-image.ts';
import { ToTensor } from '../transforms/to-tensor.ts';
import { hostForm, type Transform } from '../transforms/transform.ts';

// Without a transform, Image is Tensor.
const toTensor = new ToTensor();

/** Options of `ImageFolder.load`. */
export interface ImageFolderOptions<Image = Tensor, Label = Tensor> {
  /** Which files are images, in upper or lower case, with or without the dot. Default .jpg, .jpeg and .png. */
  readonly extensions?: readonly string[];
  /** Brings every image to this height and width, or to a square. Default: they stay as they are. */
  readonly size?: number | readonly [height: number, width: number];
  /** One channel instead of three. Default false. */
  readonly gray?: boolean;
  /** Makes a sample's image of the bytes; begin it with `ToTensor`, which is the default. */
  readonly transform?: Transform<PixelImage, Image>;
  /** Makes a sample's label of the class. */
  readonly targetTransform?: Transform<number, Label>;
  /** How many bytes of images, decoded and brought to their size, are kept for the next time. Default 2^28. */
  readonly cacheBytes?: number;
}

/**
 * Images in one folder per class, `root/cat/1.png`, as samples `[image, label]`: image float32 [3, height, width], or
 * [1, height, width] if `gray`, of x = byte / 255; label an int32 scalar, the number of the folder in sorted order. Transparency is
 * dropped, as by torchvision; photographs stand upright, as their Exif data say. Files are decoded when they are asked for. Asking for one that is damaged rejects with a FormatError
 * that names it, and a batch of unequal sizes with a ValueError.
 * https://pytorch.org/vision/0.14/generated/torchvision.datasets.ImageFolder.html
 *
 * @example
 * const train = await ImageFolder.load('pets/train', { size: 64 });
 * for await (const [x, y] of new DataLoader(train, { batchSize: 32, shuffle: true })) console.log(x.shape); // [32, 3, 64, 64]
 */
export class ImageFolder<Image = Tensor, Label = Tensor> extends Dataset<[image: Image, label: Label]> {
  /** The folder of the classes. */
  readonly root: string;
  /** The names of the classes, sorted. */
  readonly classes: readonly string[];
  /** The number of each class. */
  readonly classToIdx: Readonly<Record<string, number>>;
  /** The file and the class of each sample: class by class, and in a class sorted. */
  readonly samples: readonly (readonly [path: string, label: number])[];
  readonly #options: ImageFolderOptions<Image, Label>;
  readonly #cache = new Map<number, PixelImage>();
  #room: number;

  private constructor(root: string, found: readonly FolderOfClass[], options: ImageFolderOptions<Image, Label>) {
    super();
    this.root = root;
    this.classes = found.map(({ name }) => name);
    this.classToIdx = Object.fromEntries(found.map(({ name }, label) => [name, label]));
    this.samples = found.flatMap(({ paths }, label) => paths.map((path) => [path, label] as const));
    this.#options = options;
    this.#room = options.cacheBytes ?? 2 ** 28;
  }

  /**
   * Finds the classes and their files, also in folders inside of theirs. Rejects with a ValueError if the folder cannot be
   * read, has no folders, or one of them has no images.
   */
  static async load<Image = Tensor, Label = Tensor>(
    root: string,
    options: ImageFolderOptions<Image, Label> = {},
  ): Promise<ImageFolder<Image, Label>> {
    const { extensions = ['.jpg', '.jpeg', '.png'], size = 1, cacheBytes = 0 } = options;
    const sides: readonly number[] = typeof size === 'number' ? [size, size] : size;
    if (sides.length !== 2) {
      throw new ValueError(
        'ImageFolder',
        `size should be one number or [height, width], but is ${show(sides)}. Pass ${sides[0] ?? 64} for a square.`,
      );
    }
    for (const side of sides) checkCount('ImageFolder', 'size', side);
    if (!(cacheBytes >= 0)) {
      throw new ValueError('ImageFolder', `cacheBytes is ${cacheBytes}. Pass a number >= 0; 0 keeps nothing.`);
    }
    const endings = extensions.map((extension) => `.${extension.toLowerCase().replace(/^\./, '')}`);
    const { folders, files } = await list(root);
    if (folders.length === 0) {
      const holds = files.length === 0 ? 'is empty' : `holds ${files.length} files and no folders`;
      throw new ValueError('ImageFolder', `${root} ${holds}. Put the images of each class into a folder of its name.`);
    }
    const found: FolderOfClass[] = [];
    for (const name of folders) found.push({ name, paths: await imagesIn(join(root, name), endings) });
    const empty = found.filter(({ paths }) => paths.length === 0).map(({ name }) => name);
    if (empty.length > 0) {
      const cure = 'Add images or remove the folder';
      const which = `${root} has no files ${endings.join(', ')} of the ${empty.length === 1 ? 'class' : 'classes'}`;
      throw new ValueError('ImageFolder', `${which} ${empty.join(', ')}. ${cure}.`);
    }
    return new ImageFolder(root, found, options);
  }

  get length(): number {
    return this.samples.length;
  }

  async get(index: number, generator?: Generator): Promise<[image: Image, label: Label]> {
    const { transform = toTensor as unknown as Transform<PixelImage, Image>, targetTransform } = this.#options;
    const pixels = await this.#pixels(index);
    const label = this.samples[index]?.[1] ?? 0;
    const image = transform(hostForm(transform) ? pixels : copyOf(pixels), generator);
    // Without a targetTransform, Label is Tensor.
    return [image, targetTransform ? targetTransform(label, generator) : (tensor(label, { dtype: 'int32' }) as Label)];
  }

  override async getBatch(
    indices: readonly number[],
    generator: Generator = defaultGenerator(),
    collate: Collate = defaultCollate,
  ): Promise<[images: Collated<Image>, labels: Collated<Label>]> {
    const { transform = toTensor as unknown as Transform<PixelImage, Image>, targetTransform } = this.#options;
    // Files come in any order, draws in that of the samples.
    const pixels = await Promise.all(indices.map((index) => this.#pixels(index)));
    const classes = Int32Array.from(indices, (index) => this.samples[index]?.[1] ?? 0);
    const onHost = hostForm(transform);
    const floats: FloatImage[] = [];
    const images: Image[] = [];
    const labels: Label[] = [];
    pixels.forEach((image, place) => {
      forSample(this, indices[place] ?? 0, () => {
        if (onHost) floats.push(onHost(image, generator));
        else images.push(transform(copyOf(image), generator));
        if (targetTransform) labels.push(targetTransform(classes[place] ?? 0, generator));
      });
    });
    return [
      (onHost ? this.#stack(floats, indices) : collate(images, { place: '[0]' })) as Collated<Image>,
      (targetTransform ? collate(labels, { place: '[1]' }) : tensor(classes)) as Collated<Label>,
    ];
  }

  async #pixels(index: number): Promise<PixelImage> {
    checkIndex('ImageFolder', index, this.length);
    const kept = this.#cache.get(index);
    if (kept) return kept;
    const { size, gray = false } = this.#options;
    const path = this.samples[index]?.[0] ?? '';
    const bytes = await readFile(path).catch((cause: unknown) => {
      throw unreadable(path, cause, 'Was it removed?');
    });
    const decoded = await decodeImage(bytes, { name: path });
    const image = gray ? toGray(decoded) : toRGB(decoded);
    const [height, width] = typeof size === 'number' ? [size, size] : (size ?? [image.height, image.width]);
    const made = resizePixels(image, width, height);
    if (made.data.length <= this.#room && !this.#cache.has(index)) {
      this.#room -= made.data.length;
      this.#cache.set(index, made);
    }
    return made;
  }

  #stack(images: readonly FloatImage[], indices: readonly number[]): Tensor {
    const [first] = images;
    if (!first) throw new ValueError('ImageFolder', 'there are no samples. Pass at least one.');
    const shapeOf = ({ channels, height, width }: FloatImage) => [channels, height, width];
    const values = new Float32Array(images.length * first.data.length);
    images.forEach((image, place) => {
      if (show(shapeOf(image)) !== show(shapeOf(first))) {
        const path = (at: number) => this.samples[indices[at] ?? 0]?.[0];
        const sizes = `${path(place)} became ${show(shapeOf(image))}, ${path(0)} ${show(shapeOf(first))}`;
        throw new ValueError('ImageFolder', `${sizes}. Pass size, or a transform that crops them alike.`);
      }
      values.set(image.data, place * first.data.length);
    });
    return tensor(values, { shape: [images.length, ...shapeOf(first)] });
  }
}

/** What somebody may write into. */
function copyOf(image: PixelImage): PixelImage {
  return { ...image, data: image.data.slice() };
}

interface FolderOfClass {
  readonly name: string;
  readonly paths: readonly string[];
}

interface Entries {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** The names in a folder, links being what they lead to. */
async function list(folder: string): Promise<Entries> {
  const [folders, files]: [string[], string[]] = [[], []];
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const isFolder = entry.isSymbolicLink()
        ? (await stat(join(folder, entry.name)).catch(() => entry)).isDirectory()
        : entry.isDirectory();
      (isFolder ? folders : files).push(entry.name);
    }
  } catch (cause) {
    throw unreadable(`the folder ${folder}`, cause, 'Pass a folder with one folder per class.');
  }
  return { folders: folders.toSorted(), files: files.toSorted() };
}

/** The images in a folder and those inside of it, sorted by folder and then by name. */
async function imagesIn(folder: string, endings: readonly string[]): Promise<string[]> {
  const found = new Map<string, readonly string[]>();
  // Links may lead in a circle.
  const seen = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    const real = await realpath(path);
    if (seen.has(real)) return;
    seen.add(real);
    const { folders, files } = await list(path);
    found.set(path, files);
    for (const name of folders) await visit(join(path, name));
  };
  await visit(folder);
  return [...found.keys()]
    .toSorted()
    .flatMap((path) =>
      (found.get(path) ?? [])
        .filter((name) => endings.includes(extname(name).toLowerCase()))
        .map((name) => join(path, name)),
    );
}

function unreadable(what: string, cause: unknown, cure: string): ValueError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ValueError('ImageFolder', `${what} cannot be read (${reason}). ${cure}`);
}
