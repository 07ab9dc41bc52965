// MNIST's training files from where they are published, if such a place lets pages read it.

interface Published {
  /** Addresses that the names of the files are appended to. */
  readonly mirrors: readonly string[];
  /** Each file, and its SHA-256. */
  readonly files: Readonly<Record<string, string>>;
}

const published: Published = {
  mirrors: ['https://storage.googleapis.com/cvdf-datasets/mnist/', 'https://ossci-datasets.s3.amazonaws.com/mnist/'],
  files: {
    'train-images-idx3-ubyte.gz': '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
    'train-labels-idx1-ubyte.gz': '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
  },
};

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

async function fetchFile(address: string, name: string, sum: string): Promise<File> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} answers ${answer.status}.`);
  const bytes = await answer.arrayBuffer();
  const found = hex(await crypto.subtle.digest('SHA-256', bytes));
  if (found !== sum) throw new Error(`${address} is another file than was published: its SHA-256 is ${found}.`);
  return new File([bytes], name);
}

/** Images and labels, as they were published; rejects where there is no network, or no mirror has them. */
export async function fetchMnist({ mirrors, files } = published): Promise<File[]> {
  const failures: unknown[] = [];
  for (const mirror of mirrors) {
    try {
      return await Promise.all(Object.entries(files).map(([name, sum]) => fetchFile(mirror + name, name, sum)));
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, 'No mirror has the files.');
}
