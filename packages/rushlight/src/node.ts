// What needs a file system: import it beside `rushlight` in Node.

export { MNIST, type MNISTOptions } from '@rushlight/data/node';
