import { RushlightError } from '@rushlight/core';

/** A file that could not be downloaded. */
export class DownloadError extends RushlightError {
  override readonly name = 'DownloadError';
  /** No server gave the file, it came with other bytes than expected, it could not be written, or the user stopped it. */
  readonly reason: 'network' | 'checksum' | 'disk' | 'stopped';

  constructor(op: string, reason: DownloadError['reason'], message: string) {
    super(op, message);
    this.reason = reason;
  }
}
