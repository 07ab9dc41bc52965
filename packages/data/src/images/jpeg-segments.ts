// What a JPEG says of itself, before anything of it is decoded. https://www.w3.org/Graphics/JPEG/itu-t81.pdf

import { checkSize, cutShort, damaged, unsupported } from './image-errors.ts';
import { orientationOf } from './orientation.ts';

export interface JpegSegments {
  readonly width: number;
  readonly height: number;
  /** 1 for grey, 3 for colour, 4 for printing. */
  readonly components: number;
  /** Whether three components are red, green and blue; most often they are brightness and two differences. */
  readonly rgb: boolean;
  /** How the camera was held, 1 to 8; 1 where it does not say. */
  readonly orientation: number;
  /** The file, less what does not make pixels. */
  readonly parts: readonly Uint8Array[];
}

const [SOI, EOI, SOS] = [0xd8, 0xd9, 0xda];
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const isRestart = (marker: number) => marker >= 0xd0 && marker <= 0xd7;
/** Tables, frame, scan, restart interval, number of lines, and Adobe's note on colours. */
const makesPixels = (marker: number) => isFrame(marker) || [0xc4, 0xdb, SOS, 0xdd, 0xee].includes(marker);

/** Goes through the segments to the end of the image. Throws a FormatError where there is none or one makes no sense. */
export function findSegments(name: string, bytes: Uint8Array): JpegSegments {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = [bytes.subarray(0, 2)];
  let frame: Frame | undefined;
  let scans = 0;
  let adobe: number | undefined;
  let jfif = false;
  let orientation: number | undefined;
  for (let offset = 2; ;) {
    // Any number of 0xff may stand before a marker.
    while (bytes[offset] === 0xff && bytes[offset + 1] === 0xff) offset++;
    if (offset + 2 > bytes.length) throw cutShort(name, 'JPEG', bytes.length);
    const marker = bytes[offset + 1] ?? 0;
    if (bytes[offset] !== 0xff) throw damaged(name, 'JPEG', `there is no marker at byte ${offset}`);
    if (marker === EOI) {
      parts.push(bytes.subarray(offset, offset + 2));
      break;
    }
    if (marker < 0xc0 || marker === SOI || isRestart(marker)) {
      throw damaged(
        name,
        'JPEG',
        `the marker ff${marker.toString(16).padStart(2, '0')} at byte ${offset} is out of place`,
      );
    }
    if (offset + 4 > bytes.length) throw cutShort(name, 'JPEG', bytes.length);
    const length = view.getUint16(offset + 2);
    let end = offset + 2 + length;
    if (length < 2) throw damaged(name, 'JPEG', `a segment at byte ${offset} is ${length} bytes long`);
    if (end > bytes.length) throw cutShort(name, 'JPEG', bytes.length);
    const content = bytes.subarray(offset + 4, end);
    const text = String.fromCharCode(...content.subarray(0, 5));
    if (marker === 0xe0 && text === 'JFIF\0') jfif = true;
    if (marker === 0xe1) orientation ??= orientationOf(content);
    if (marker === 0xee && text === 'Adobe') adobe = content[11];
    if (isFrame(marker)) {
      if (frame) throw damaged(name, 'JPEG', 'it has two frames');
      frame = readFrame(name, marker, content);
    }
    if (marker === SOS) {
      if (!frame) throw damaged(name, 'JPEG', 'its pixels come before their size');
      scans++;
      end = endOfScan(bytes, end);
    }
    if (makesPixels(marker)) parts.push(bytes.subarray(offset, end));
    offset = end;
  }
  if (!frame || scans === 0) throw damaged(name, 'JPEG', 'it has no pixels');
  const { width, height, ids } = frame;
  // As libjpeg decides it.
  const rgb = ids.length === 3 && !jfif && (adobe === undefined ? String.fromCharCode(...ids) === 'RGB' : adobe === 0);
  return { width, height, components: ids.length, rgb, orientation: orientation ?? 1, parts };
}

/** Where the next marker stands behind compressed pixels, or the end of the file. */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let offset = start; offset < bytes.length; offset++) {
    const marker = bytes[offset + 1] ?? 0;
    if (bytes[offset] === 0xff && marker !== 0 && marker !== 0xff && !isRestart(marker)) return offset;
  }
  return bytes.length;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly ids: readonly number[];
}

function readFrame(name: string, marker: number, content: Uint8Array): Frame {
  const [precision = 0, h1 = 0, h0 = 0, w1 = 0, w0 = 0, count = 0] = content;
  if (marker > 0xc2) {
    const how = marker === 0xc3 ? 'without loss' : 'in a rare way';
    throw unsupported(name, `a JPEG compressed ${how} (SOF${marker - 0xc0})`, 'Convert it to PNG');
  }
  if (precision !== 8) throw unsupported(name, `a JPEG of ${precision} bits`, 'Convert it to PNG');
  const [width, height] = [w1 * 256 + w0, h1 * 256 + h0];
  checkSize(name, 'JPEG', width, height);
  if (![1, 3, 4].includes(count)) throw unsupported(name, `a JPEG of ${count} components`, 'Convert it to PNG');
  if (content.length !== 6 + 3 * count) throw damaged(name, 'JPEG', `its frame is ${content.length} bytes long`);
  const samplings = Array.from({ length: count }, (_, i) => content[7 + 3 * i] ?? 0);
  if (samplings.some((s) => s >> 4 < 1 || s >> 4 > 4 || (s & 15) < 1 || (s & 15) > 4)) {
    throw damaged(name, 'JPEG', 'its sampling factors are not 1 to 4');
  }
  return { width, height, ids: Array.from({ length: count }, (_, i) => content[6 + 3 * i] ?? 0) };
}
