import { channelShuffle, pixelShuffle, pixelUnshuffle, type Tensor } from '@rushlight/core';
import { Module } from '../module/module.ts';
import { reprOptions } from '../module/print.ts';

/** Channels to places: [*, C·r², H, W] to [*, C, H·r, W·r]. https://arxiv.org/abs/1609.05158. torch.nn.PixelShuffle */
export class PixelShuffle extends Module<[x: Tensor], Tensor> {
  readonly upscaleFactor: number;

  constructor(upscaleFactor: number) {
    super();
    this.upscaleFactor = upscaleFactor;
  }

  forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.upscaleFactor);
  }

  override extraRepr(): string {
    return reprOptions({ upscaleFactor: this.upscaleFactor });
  }
}

/** Places to channels, PixelShuffle turned back: [*, C, H·r, W·r] to [*, C·r², H, W]. torch.nn.PixelUnshuffle */
export class PixelUnshuffle extends Module<[x: Tensor], Tensor> {
  readonly downscaleFactor: number;

  constructor(downscaleFactor: number) {
    super();
    this.downscaleFactor = downscaleFactor;
  }

  forward(x: Tensor): Tensor {
    return pixelUnshuffle(x, this.downscaleFactor);
  }

  override extraRepr(): string {
    return reprOptions({ downscaleFactor: this.downscaleFactor });
  }
}

/** Deals the channels of [N, C, *] out anew among groups. https://arxiv.org/abs/1707.01083. torch.nn.ChannelShuffle */
export class ChannelShuffle extends Module<[x: Tensor], Tensor> {
  readonly groups: number;

  constructor(groups: number) {
    super();
    this.groups = groups;
  }

  forward(x: Tensor): Tensor {
    return channelShuffle(x, this.groups);
  }

  override extraRepr(): string {
    return reprOptions({ groups: this.groups });
  }
}
