// What needs a file system: import it beside `rushlight` in Node.

export * from '@rushlight/data/node';
export * from '@rushlight/train/node';
