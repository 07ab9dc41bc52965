export { cacheFolder } from './cache-folder.ts';
export { DownloadError } from './download-error.ts';
export type { DownloadOptions, DownloadProgress } from './download-file.ts';
export type { DownloadSetOptions } from './download-set.ts';
export { ImageFolder, type ImageFolderOptions } from './image-folder.ts';
export { FashionMNIST, KMNIST, MNIST, type MNISTOptions } from './mnist.ts';
